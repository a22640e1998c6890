"""What a renewal's link shows: the purchase that is ready, and nothing of a person."""

from billing.adapters.http.views import figures_view
from billing.adapters.http.views_common import View, period_view
from billing.adapters.http.views_plans import providers_view
from billing.domain.renewals import renewal_expiry
from billing.domain.times import to_text
from billing.service.renewing import Ready


def ready_view(ready: Ready, providers: tuple[str, ...], language: str) -> View:
    """The answer of GET /renewals/{token}. `expires_at` is the link's, `quote` keeps these figures for 30 minutes."""
    renewal, quote = ready.renewal, ready.quote
    return {
        "plan_id": renewal.plan_id,
        "plan": quote.plan_name[language],
        "interval": renewal.interval,
        "quantity": renewal.quantity,
        "currency": quote.currency,
        **figures_view(quote.figures),
        "tax_rate_bp": quote.tax_rate_bp,
        "tax_inclusive": quote.tax_inclusive,
        "period": period_view(quote.period),
        "ends_at": to_text(renewal.end),
        "renewed": ready.renewed,
        **providers_view(providers),
        "quote": ready.token,
        "expires_at": to_text(renewal_expiry(renewal)),
    }
