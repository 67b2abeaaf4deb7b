"""Each log group has a key of its own, which CloudWatch Logs may use for it alone."""

import json
from fnmatch import fnmatchcase

from graph_model import Graph

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def test_a_log_group_has_a_key_that_is_for_it_alone(graph: Graph) -> None:
    keys = {key.outputs["arn"]: key for key in graph.of("aws:kms/key:Key")}
    used = [keys[group.inputs["kmsKeyId"]] for group in graph.of(LOG_GROUP)]
    assert len({key.urn for key in used}) == len(graph.of(LOG_GROUP)) == 2
    for key, group in zip(used, graph.of(LOG_GROUP), strict=True):
        account, service = json.loads(key.inputs["policy"])["Statement"]
        assert account["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
        assert service["Principal"] == {"Service": "logs.ap-northeast-2.amazonaws.com"}
        pattern = service["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        assert fnmatchcase(group.outputs["arn"], pattern)
        others = [other for other in graph.of(LOG_GROUP) if other is not group]
        assert not any(fnmatchcase(other.outputs["arn"], pattern) for other in others)


def test_a_log_group_s_key_rotates(graph: Graph) -> None:
    keys = {key.outputs["arn"]: key for key in graph.of("aws:kms/key:Key")}
    for group in graph.of(LOG_GROUP):
        assert keys[group.inputs["kmsKeyId"]].inputs["enableKeyRotation"] is True
