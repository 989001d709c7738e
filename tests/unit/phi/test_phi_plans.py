"""Are rules looked for as their patterns ask, though that was worked out beforehand?"""

from preceptor.phi.plans import FILE, Plan, digest, plan, worked_out
from preceptor.phi.rule import Rule
from preceptor.phi.rules import ALL
from preceptor.phi.types import PhiType
from preceptor.phi.write_plans import DATA, page


def test_what_is_stored_is_what_would_be_worked_out() -> None:
    assert [rule.id for rule in ALL if plan(rule) != worked_out(rule)] == []


def test_every_rule_that_ships_is_stored_and_nothing_else() -> None:
    assert (DATA / FILE).read_text(encoding="utf-8") == page(ALL), "Run make generate."


def test_a_rule_that_is_not_stored_is_worked_out() -> None:
    rule = Rule("mine", PhiType.OTHER_ID, r"\bzqx-(?P<v>\d{4})")
    assert plan(rule) == worked_out(rule)
    assert plan(rule).how == "begun"


def test_rules_that_are_looked_for_in_another_way_have_another_digest() -> None:
    pattern = r"\bzqx-(?P<v>\d{4})"
    rules = [
        Rule("mine", PhiType.OTHER_ID, pattern),
        Rule("mine", PhiType.OTHER_ID, pattern, inside=True),
        Rule("mine", PhiType.OTHER_ID, pattern, begin="zqx-1"),
        Rule("mine", PhiType.OTHER_ID, pattern + "5"),
    ]
    assert len({digest(rule) for rule in rules}) == len(rules)
    assert plan(rules[2]) == Plan("begun", "zqx-1")
