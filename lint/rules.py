"""Rules for template.yaml beyond what cfn-lint knows. They see the template with SAM's Globals merged in.

Each finds the places where a promise of docs/operations.md or engineering practice is broken: a function without a log
group of ours keeps its logs for ever, a queue without a dead-letter queue loses payments, and so on.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
QUEUE = "AWS::SQS::Queue"
BUCKET = "AWS::S3::Bucket"
TABLE = "AWS::DynamoDB::Table"
PUBLIC_ACCESS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
STATEFUL = (TABLE, QUEUE, BUCKET, "AWS::SecretsManager::Secret")
VISIBILITY_FACTOR = 6
LEAST_RECEIVES = 5

Properties = Mapping[str, Any]


def properties(template: Template, kind: str) -> dict[str, Properties]:
    """The properties of every resource of a type, by logical id."""
    return {name: one.get("Properties", {}) for name, one in template.get_resources([kind]).items()}


def names(value: Any) -> set[str]:
    """The logical ids that an expression refers to by Ref, GetAtt or Sub."""
    if isinstance(value, Mapping):
        own = {str(value["Ref"])} if "Ref" in value else set()
        at = value.get("Fn::GetAtt", [])
        own |= {at.partition(".")[0]} if isinstance(at, str) else {str(part) for part in at[:1]}
        return own.union(*(names(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(names(part) for part in value)) if value else set()
    return {part.partition("}")[0].partition(".")[0] for part in str(value).split("${")[1:]}


def alarmed(template: Template, metric: str) -> set[str]:
    """The logical ids that alarms on a metric watch."""
    alarms = properties(template, "AWS::CloudWatch::Alarm").values()
    single = [alarm.get("Dimensions") for alarm in alarms if alarm.get("MetricName") == metric]
    several = [
        query["MetricStat"]["Metric"]["Dimensions"]
        for alarm in alarms
        for query in alarm.get("Metrics", [])
        if query.get("MetricStat", {}).get("Metric", {}).get("MetricName") == metric
    ]
    return names([*single, *several])


def events(function: Properties, kind: str) -> list[Properties]:
    """The properties of a function's events of a type, such as SQS."""
    return [one.get("Properties", {}) for one in function.get("Events", {}).values() if one["Type"] == kind]


class ProjectRule(CloudFormationLintRule):  # type: ignore[misc]
    """A rule that finds (logical id, what is wrong)."""

    source_url = "lint/rules.py"
    tags = ("goi",)

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """What is wrong, and where."""
        raise NotImplementedError

    def match(self, cfn: Template) -> list[RuleMatch]:
        """What cfn-lint asks."""
        return [RuleMatch(["Resources", name], message) for name, message in self.findings(cfn)]


class LogGroups(ProjectRule):
    """A function writes to a log group of the template, which ends after some time."""

    id = "E9101"
    shortdesc = description = "Every function has a log group with a retention"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """Functions without one."""
        groups = properties(template, "AWS::Logs::LogGroup")
        for name, function in properties(template, FUNCTION).items():
            if not names(function.get("LoggingConfig", {}).get("LogGroup")) & set(groups):
                yield name, "has no log group in the template"
        for name, group in groups.items():
            if "RetentionInDays" not in group:
                yield name, "keeps its logs for ever"


class DeadLetters(ProjectRule):
    """What cannot be processed is kept, longer than in its queue, and somebody is told."""

    id = "E9102"
    shortdesc = description = "Every queue has a dead-letter queue that outlives it and an alarm"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """Queues without one."""
        queues = properties(template, QUEUE)
        dead = {target for queue in queues.values() for target in self.target(queue)}
        for name, queue in queues.items():
            if name not in dead:
                yield from self.source_findings(name, queue, queues)
        for name in dead - alarmed(template, "ApproximateNumberOfMessagesVisible"):
            yield name, "is a dead-letter queue without an alarm"
        for name in set(queues) - dead - alarmed(template, "ApproximateAgeOfOldestMessage"):
            yield name, "has no alarm for messages that wait too long"

    def source_findings(
        self, name: str, queue: Properties, queues: Mapping[str, Properties]
    ) -> Iterator[tuple[str, str]]:
        """A queue that is nobody's dead-letter queue."""
        targets = self.target(queue) & set(queues)
        if not targets:
            yield name, "has no dead-letter queue"
        if queue.get("RedrivePolicy", {}).get("maxReceiveCount", 0) < LEAST_RECEIVES:
            yield name, f"gives up before {LEAST_RECEIVES} attempts"
        for target in targets:
            if queues[target].get("MessageRetentionPeriod", 0) <= queue.get("MessageRetentionPeriod", 0):
                yield target, f"does not outlive {name}"

    @staticmethod
    def target(queue: Properties) -> set[str]:
        """A queue's dead-letter queue."""
        return names(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"))


class Deliveries(ProjectRule):
    """A queue does not hand out a message again while a function still works on it; one bad message fails alone."""

    id = "E9103"
    shortdesc = description = "Queue consumers report partial failures and have time to work"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """Mappings that would redeliver too early or too much."""
        queues = properties(template, QUEUE)
        for name, function in properties(template, FUNCTION).items():
            needed = VISIBILITY_FACTOR * function.get("Timeout", 3)
            for mapping in events(function, "SQS"):
                if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
                    yield name, "does not report partial failures"
                for queue in names(mapping["Queue"]) & set(queues):
                    if queues[queue].get("VisibilityTimeout", 30) < needed:
                        yield queue, f"needs a visibility timeout of {needed} s: six times that of {name}"


class LeastPrivilege(ProjectRule):
    """A role may do what it names, to what it names."""

    id = "E9104"
    shortdesc = description = "No policy allows every action or every resource"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """Functions with an asterisk where a name belongs; a prefix inside a bucket is a name."""
        for name, function in properties(template, FUNCTION).items():
            for policy in function.get("Policies", []):
                if isinstance(policy, str):
                    yield name, f"has the managed policy {policy}"
                else:
                    for statement in policy["Statement"]:
                        yield from self.statement_findings(name, statement)

    def statement_findings(self, name: str, statement: Properties) -> Iterator[tuple[str, str]]:
        """One statement."""
        if statement["Effect"] == "Allow":
            if "*" in _list(statement.get("Resource", "*")):
                yield name, f"allows {statement.get('Action')} on every resource"
            for action in _list(statement.get("Action", "*")):
                if "*" in action:
                    yield name, f"allows {action}"


class Kept(ProjectRule):
    """State outlives a mistake."""

    id = "E9105"
    shortdesc = description = "Stateful resources are retained, tables and buckets recoverable"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """What a deleted or replaced stack would lose."""
        for name, resource in template.get_resources(list(STATEFUL)).items():
            if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
                yield name, "is not retained when deleted or replaced"
        for name, table in properties(template, TABLE).items():
            if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
                yield name, "has no point in time recovery"
            if not table.get("DeletionProtectionEnabled"):
                yield name, "is not protected against deletion"
        for name, bucket in properties(template, BUCKET).items():
            if bucket.get("VersioningConfiguration", {}).get("Status") != "Enabled":
                yield name, "keeps no versions"


class Private(ProjectRule):
    """Nothing is readable by the public, on disk or on the way."""

    id = "E9106"
    shortdesc = description = "State is encrypted, private and reached by TLS only"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """State in the open."""
        buckets, queues = properties(template, BUCKET), properties(template, QUEUE)
        for name, bucket in buckets.items():
            block = bucket.get("PublicAccessBlockConfiguration", {})
            if not all(block.get(switch) for switch in PUBLIC_ACCESS):
                yield name, "may become public"
        open_buckets = {name for name, bucket in buckets.items() if "BucketEncryption" not in bucket}
        open_queues = {name for name, queue in queues.items() if not queue.get("SqsManagedSseEnabled")}
        open_tables = {
            name
            for name, table in properties(template, TABLE).items()
            if not table.get("SSESpecification", {}).get("SSEEnabled")
        }
        for name in open_buckets | open_queues | open_tables:
            yield name, "is not encrypted"
        for name in {*buckets, *queues} - self.tls_only(template):
            yield name, "may be reached without TLS"

    @staticmethod
    def tls_only(template: Template) -> set[str]:
        """Buckets and queues whose policy denies everything without TLS."""
        found: set[str] = set()
        for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
            for policy in properties(template, kind).values():
                for statement in policy["PolicyDocument"]["Statement"]:
                    condition = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
                    if statement["Effect"] == "Deny" and str(condition) == "false":
                        found |= names(statement["Resource"])
        return found


class FunctionAlarms(ProjectRule):
    """Somebody is told when a function fails or is throttled."""

    id = "E9107"
    shortdesc = description = "Every function's errors and throttles raise an alarm, and so do the API's 5xx"

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """Functions and APIs that may fail unseen."""
        for metric in ("Errors", "Throttles"):
            for name in set(properties(template, FUNCTION)) - alarmed(template, metric):
                yield name, f"has no alarm for {metric}"
        for name in set(properties(template, HTTP_API)) - alarmed(template, "5xx"):
            yield name, "has no alarm for 5xx"
        for name, alarm in properties(template, "AWS::CloudWatch::Alarm").items():
            if not alarm.get("AlarmActions"):
                yield name, "tells nobody"


class Computable(ProjectRule):
    """CloudWatch refuses an alarm that adds up more metrics than it can, at deployment and not before."""

    id = "E9109"
    shortdesc = description = "An alarm on a sum has ten metrics at most"
    most_metrics = 10

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """Alarms that could not be deployed."""
        for name, alarm in properties(template, "AWS::CloudWatch::Alarm").items():
            count = sum("MetricStat" in query for query in alarm.get("Metrics", []))
            if count > self.most_metrics:
                yield name, f"adds up {count} metrics"


class Bounded(ProjectRule):
    """A function ends before those who wait for it give up, and starts with enough processor."""

    id = "E9108"
    shortdesc = description = "Functions end in time and start quickly; the API is throttled and logged"
    gateway_timeout = 30
    least_memory = 512

    def findings(self, template: Template) -> Iterator[tuple[str, str]]:
        """What is unbounded."""
        for name, function in properties(template, FUNCTION).items():
            if events(function, "HttpApi") and function.get("Timeout", 3) >= self.gateway_timeout:
                yield name, "may run longer than API Gateway waits"
            if function.get("MemorySize", 128) < self.least_memory:
                yield name, "has too little memory to start quickly"
        for name, api in properties(template, HTTP_API).items():
            if "ThrottlingRateLimit" not in api.get("DefaultRouteSettings", {}):
                yield name, "is not throttled"
            if "AccessLogSettings" not in api:
                yield name, "has no access log"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
