"""A version is named by what a watch means."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from monitor.core.versions import lexicon_version, watch_version
from monitor.model import Escalation, Lexicon, Severity, TermGroup
from tests.builders import a_watch

LEXICON = lexicon_version(Lexicon(groups={"rail": TermGroup(id="rail", terms={"en": ("train",)})}))


def test_name_is_the_hash_of_the_text():
    version = watch_version(a_watch(), LEXICON)

    assert version.id == sha256(version.text.encode()).hexdigest()
    assert version.lexicon == LEXICON.id


def test_same_watch_is_the_same_version_in_whatever_order_it_was_written():
    one = a_watch(languages=frozenset({"en", "ko", "zh"}))
    two = a_watch(languages=frozenset({"zh", "en", "ko"}))

    assert watch_version(one, LEXICON) == watch_version(two, LEXICON)


def test_query_policy_and_lexicon_each_make_another_version():
    other = lexicon_version(Lexicon())
    raised = Escalation(severity=Severity.HIGH, when="claim == confirmed")
    versions = [
        watch_version(a_watch(), LEXICON),
        watch_version(a_watch("rail"), LEXICON),
        watch_version(a_watch(max_age=timedelta(hours=1)), LEXICON),
        watch_version(a_watch(escalations=(raised,)), LEXICON),
        watch_version(a_watch(), other),
    ]

    assert len({version.id for version in versions}) == len(versions)


def test_folder_of_this_machine_is_no_part_of_it():
    version = watch_version(a_watch(report_to=Path("/home/anna/reports")), LEXICON)

    assert version == watch_version(a_watch(), LEXICON)
