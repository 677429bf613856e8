"""The cases of tests/cases: all of them pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run_cases import Case, cases_of, main, why

FOLDER = Path(__file__).parent / "cases"
CASES = cases_of(FOLDER)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    reason = why(case)
    assert reason is None, f"{case.kind}: {reason}"


def test_a_case_that_crashes_is_a_failure_with_its_reason() -> None:
    assert "FileNotFoundError" in (why(Case("x", "feed", "no-such-file", {"candidates": []}, folder=FOLDER)) or "")
    assert "no way is known to check colour" in (why(Case("x", "url", {"see": "expect"}, {"colour": 1})) or "")


def test_a_folder_that_cannot_be_read_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    (tmp_path / "cases.jsonl").write_text("{broken\n")
    assert main([str(tmp_path)]) == 2
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_a_failing_case_makes_the_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = '{"id": "%s", "area": "url", "kind": "k", "input": {"see": "expect"}, "content_type": null, "url": null, "expect": {"urls": [{"in": "HTTP://a.example", "canonical": "%s"}]}, "note": "n"}\n'
    (tmp_path / "cases.jsonl").write_text(line % ("u-1", "http://a.example/") + line % ("u-2", "http://b.example/"))
    assert main([str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert (
        "u-1            pass\n" in shown
        and "u-2            FAIL  HTTP://a.example: expected" in shown
        and "1 of 2" in shown
    )
