"""What anybody may see: the plans, and the ways to pay."""

from collections.abc import Mapping, Sequence
from typing import Any

from billing.domain.providers import PROVIDERS

View = dict[str, Any]


def plans_view(document: Mapping[str, Any], language: str) -> View:
    """The answer of GET /plans, from the published document."""
    return {
        "currency": document["currency"],
        "tax_inclusive": document["tax_inclusive"],
        "plans": [
            {
                "id": plan["id"],
                "version": plan["version"],
                "name": plan["name"][language],
                "description": plan["description"][language],
                "rank": plan["rank"],
                "featured": plan["featured"],
                "contact_sales": plan["contact_sales"],
                "prices": plan["prices"],
                "quotas": [{**quota, "name": quota["name"][language]} for quota in plan["quotas"]],
                "highlights": [highlight[language] for highlight in plan["highlights"]],
            }
            for plan in document["plans"]
        ],
        "addons": [addon_view(addon, language) for addon in document.get("addons", ())],
        "trials": [{"plan_id": plan["id"], **plan["trial"]} for plan in document["plans"] if plan.get("trial")],
    }


def addon_view(addon: Mapping[str, Any], language: str) -> View:
    """An add-on of GET /plans. `valid_months` is null where it is good as long as the time paid for."""
    return {
        "id": addon["id"],
        "version": addon["version"],
        "name": addon["name"][language],
        "price": addon["price"],
        "feature": addon["feature"],
        "amount": addon["amount"],
        "valid_months": addon["valid_months"],
    }


def providers_view(enabled: Sequence[str]) -> View:
    """The answer of GET /providers."""
    return {
        "providers": [
            {
                "id": info.id,
                "name": info.name,
                "kind": info.kind,
                "min_amount": info.min_amount,
                "max_amount": info.max_amount,
            }
            for info in (PROVIDERS[name] for name in enabled)
        ]
    }
