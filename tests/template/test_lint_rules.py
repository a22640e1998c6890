"""The project's own lint rules find what they are for: each is shown a template with one promise broken."""

from functools import cache

import pytest
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.template import Template

from tests.support.template import ROOT

TEMPLATE = (ROOT / "template.yaml").read_text("utf-8")

SUM = "{Id: total, Expression: SUM(METRICS()), Label: Workers}\n"
MANY = "".join(
    f"        - {{Id: more{number}, MetricStat: {{Metric: {{MetricName: Errors, Dimensions: []}}}}}}\n"
    for number in range(10)
)

BROKEN = {
    "a function without a log group": ("E9101", ", LogGroup: !Ref ListPlansLogGroup", ""),
    "logs for ever": ("E9101", "\n      RetentionInDays: !Ref LogRetentionDays", ""),
    "a queue that gives up early": ("E9102", "maxReceiveCount: 5", "maxReceiveCount: 2"),
    "a dead-letter queue that forgets": ("E9102", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600"),
    "a dead-letter queue nobody watches": (
        "E9102",
        "!GetAtt PaymentsDeadLetterQueue.QueueName",
        "!GetAtt PaymentsQueue.QueueName",
    ),
    "messages that wait unseen": ("E9102", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"),
    "a batch that fails as a whole": ("E9103", "FunctionResponseTypes: [ReportBatchItemFailures]", "Enabled: true"),
    "a message handed out twice": ("E9103", "VisibilityTimeout: 360", "VisibilityTimeout: 300"),
    "every resource allowed": ("E9104", "Resource: !GetAtt Table.Arn", 'Resource: "*"'),
    "every action allowed": ("E9104", "Action: [dynamodb:GetItem]", "Action: [dynamodb:*]"),
    "a table that is deleted": ("E9105", "DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain", ""),
    "a table without recovery": ("E9105", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"),
    "a table without protection": ("E9105", "DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false"),
    "documents without versions": ("E9105", "VersioningConfiguration: {Status: Enabled}", ""),
    "a public bucket": ("E9106", "RestrictPublicBuckets: true", "RestrictPublicBuckets: false"),
    "a queue in the clear": ("E9106", "SqsManagedSseEnabled: true", "SqsManagedSseEnabled: false"),
    "a bucket without TLS": ("E9106", '"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"'),
    "errors nobody hears of": ("E9107", "MetricName: Errors", "MetricName: Invocations"),
    "5xx nobody hears of": ("E9107", "MetricName: 5xx", "MetricName: 4xx"),
    "an alarm that cannot be deployed": ("E9109", SUM, SUM + MANY),
    "a function slower than its gateway": ("E9108", "Timeout: 25", "Timeout: 30"),
    "a function that starts slowly": ("E9108", "MemorySize: 512", "MemorySize: 128"),
    "an API for everybody at once": ("E9108", "        ThrottlingRateLimit: !Ref ApiRateLimit\n", ""),
}


@cache
def rules() -> Rules:
    """Ours, without cfn-lint's."""
    return Rules.create_from_directory(str(ROOT / "lint"))


def broken_rules(text: str) -> set[str]:
    """Ids of our rules that a template breaks."""
    content, mistakes = decode_str(text)
    assert not mistakes
    assert content is not None
    template = Template("template.yaml", content, ["ap-southeast-1"])
    template.transform()
    return {rule.id for rule in rules().values() if rule.match(template)}


def test_the_template_keeps_every_promise() -> None:
    assert broken_rules(TEMPLATE) == set()


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_promise_is_found(case: str) -> None:
    rule, promise, instead = BROKEN[case]
    assert promise in TEMPLATE
    assert broken_rules(TEMPLATE.replace(promise, instead, 1)) == {rule}


def test_every_rule_is_shown_to_work() -> None:
    assert {rule for rule, _, _ in BROKEN.values()} == {rule.id for rule in rules().values()}
