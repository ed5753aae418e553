"""The program on the host: what is done in a running app decides whether its release counts."""

import re
from dataclasses import replace

import pytest

from onhost.programs import TIMED_OUT
from tests.support.after_up import PATIENT, REFUSED, answers, idp, is_at
from tests.support.engine import Engine
from tests.support.host import RUN, World
from tests.support.inside import Clock, Inside


def test_a_release_counts_when_its_app_has_done_what_it_was_told(world: World, engine: Engine) -> None:
    code, said = world.deploy(idp("a"))

    assert (code, world.results) == (0, ["deployed"]), said
    [running] = engine.containers
    assert [
        each
        for each in engine.asked
        if re.fullmatch(f"exec --env=GUILDHALL_STEP=\\w+ {running} ak apply", each)
    ]


def test_what_is_not_there_yet_is_waited_for(world: World, engine: Engine) -> None:
    engine.hooks.append(answers((1, "not yet"), (0, "")))

    assert world.deploy(idp("a", PATIENT))[0] == 0
    assert len([each for each in engine.asked if each.startswith("exec")]) == 2


def test_a_release_that_its_app_refuses_is_rolled_back_with_the_reason(world: World, engine: Engine) -> None:
    world.deploy(idp("a"))
    # The previous release's own is done again, in case the refused one had come in by another way.
    engine.hooks.append(answers(REFUSED, (0, "")))
    code, said = world.deploy(idp("b"))

    assert code == 1
    assert "    Blueprint invalid: ***: signing_kp" in said
    assert f"app: ROLLED BACK at after_up: the previous release, a{'0' * 11}, serves again" in said
    assert (world.results, is_at(world, "a")) == (["deployed", "rolled back"], True)
    assert "failed as well" not in said


def test_a_previous_release_that_is_refused_as_well_is_said(world: World, engine: Engine) -> None:
    world.deploy(idp("a"))
    engine.hooks.append(answers(REFUSED))
    code, said = world.deploy(idp("b"))

    assert code == 1
    assert "what the previous release does after it is up failed as well; look at: cd " in said


def test_a_release_with_migrated_data_stays_although_its_app_refuses_it(world: World, engine: Engine) -> None:
    world.deploy(idp("a"))
    engine.hooks.append(answers(REFUSED, (0, "")))
    code, said = world.deploy(idp("b", one_way=True))
    before = (world.results, is_at(world, "b"))
    again, _ = world.deploy(idp("b"))

    assert code == 1
    assert "    Blueprint invalid: ***: signing_kp" in said
    assert "app: FAILED at after_up: in worker; the new release stays" in said
    assert before == (["deployed", "failed, stays"], True)
    assert (again, world.results[-1]) == (0, "deployed")


def test_a_first_release_that_its_app_refuses_is_taken_down(world: World, engine: Engine) -> None:
    engine.hooks.append(answers(REFUSED))
    code, said = world.deploy(idp("a"))

    assert (code, world.results, is_at(world, "a")) == (1, ["taken down"], False)
    assert "Blueprint invalid" in said
    assert "app: REFUSED at after_up" in said


def test_what_is_of_no_use_is_not_tried_again(world: World, engine: Engine) -> None:
    engine.hooks.append(answers((2, "never\n")))
    _, said = world.deploy(idp("a", PATIENT))

    assert "    never" in said
    assert len([each for each in engine.asked if each.startswith("exec")]) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_page_is_asked_for_at_the_host_that_the_need_names(world: Inside, known: bool) -> None:
    world.programs["curl"] = lambda words: (0 if known else 22, "")
    needs = ("https://idp.example/known", "http://n8n.example/start@10.0.0.2:9000")
    code, said = world.deploy(idp("a", needs=needs))

    assert code == (0 if known else 1), said
    asked = [each.words for each in world.started if each.words.startswith("curl")]
    head = "curl --fail --silent --output /dev/null --max-time 5"
    assert asked[0] == f"{head} https://idp.example/known"
    assert (f"{head} http://n8n.example/start --connect-to ::10.0.0.2:9000" in asked) == known
    assert {each.limit for each in world.started if each.words.startswith("curl")} == {10}


def test_an_app_that_is_new_here_waits_longer_for_what_it_needs(world: Inside, clock: Clock) -> None:
    run = replace(RUN, wait=1, wait_at_first=3)
    needs = ("https://idp.example/known",)
    world.programs["curl"] = lambda _: (22, "")
    _, new = world.deploy(idp("a", needs=needs), run=run)
    world.deploy(idp("a"))
    _, known = world.deploy(idp("b", needs=needs), run=run)

    assert "app: REFUSED at needs: its https://idp.example/known does not answer after 3 s; nothing" in new
    assert "its https://idp.example/known does not answer after 1 s" in known
    assert clock.pauses == [2, 2, 2]


def test_a_database_that_answers_late_is_waited_for(world: Inside, clock: Clock) -> None:
    answers_ = [(2, "no response"), (0, "")]
    world.programs["pg_isready"] = lambda _: answers_.pop(0)
    run = replace(RUN, postgres_host="db.example", postgres_port=6432)
    code, said = world.deploy(idp("a", needs=("database",)), run=run)

    assert code == 0, said
    asked = [each.words for each in world.started if each.words.startswith("pg_isready")]
    assert asked == ["pg_isready --quiet --host db.example --port 6432 --timeout 3"] * 2


def execs(engine: Engine) -> list[list[str]]:
    return [each.split() for each in engine.asked if each.startswith("exec")]


def test_what_is_refused_is_tried_again_every_five_seconds_while_there_is_time(
    world: Inside, engine: Engine, clock: Clock
) -> None:
    engine.container("worker", "second")
    engine.hooks.append(answers(REFUSED))
    world.deploy(idp("a", replace(PATIENT, seconds=12)))

    assert clock.pauses == [5, 5, 2]
    [own] = {words[2] for words in execs(engine)}
    assert own not in engine.containers
    limits = [each.limit for each in world.started if " exec " in each.words]
    assert limits == [12, 7, 2]


def test_what_does_not_end_is_ended_where_it_runs_and_said_once(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    monkeypatch.setattr("onhost.containers.end_marked", ended.append)
    engine.hooks.append(answers((TIMED_OUT, "half done\n")))
    _, said = world.deploy(idp("a", PATIENT))

    assert [f"--env={mark}" for mark in ended] == [words[1] for words in execs(engine)]
    assert len(ended) == 1
    assert "    half done" in said
    assert "app: after_up: in worker: it did not end within 20 s\n" in said


def test_what_it_said_last_is_not_forgotten_for_a_silent_end(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onhost.containers.end_marked", lambda _: None)
    engine.hooks.append(answers(REFUSED, (TIMED_OUT, "")))
    _, said = world.deploy(idp("a", PATIENT))

    assert "    Blueprint invalid: ***: signing_kp" in said


def test_an_engine_that_goes_meanwhile_is_said(world: Inside, engine: Engine, clock: Clock) -> None:
    def goes() -> tuple[int, str]:
        world.socket.unlink()
        return 1, ""

    engine.hooks.append(answers(goes))
    _, said = world.deploy(idp("a", PATIENT))

    assert "after_up: in worker: Docker Engine does not answer on this host (no socket)" in said
    assert clock.pauses == [5, 5, 5, 5]
