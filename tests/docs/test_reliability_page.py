"""docs/reliability.md is written from what was measured, and says nothing else."""

from engine.reliability import by_benchmark, sections, table, with_sections

FIGURES = {
    "counts": {"scenarios": 1200, "faults leaked": 0},
    "tables": {"faults": [{"stack": "dev", "faults": 3}]},
}


def test_rows_become_a_table() -> None:
    rows = [{"stack": "dev", "seconds": 1200.5}, {"stack": "a|b", "seconds": 3}]
    assert table(rows).splitlines() == [
        "| stack | seconds |",
        "| --- | ---: |",
        "| dev | 1,200.5 |",
        "| a\\|b | 3 |",
    ]


def test_a_part_is_replaced_and_the_rest_stays() -> None:
    page = "before\n<!-- counts -->\nold\n<!-- end of counts -->\nafter\n"
    written = with_sections(page, sections(FIGURES))
    assert "old" not in written
    assert "| scenarios | 1,200 |" in written
    assert written.startswith("before\n")
    assert written.endswith("<!-- end of counts -->\nafter\n")
    assert with_sections(written, sections(FIGURES)) == written


def test_a_part_that_was_not_measured_stays() -> None:
    page = "<!-- engine-up -->\nold\n<!-- end of engine-up -->"
    assert with_sections(page, sections(FIGURES)) == page


def test_results_of_benchmarks_are_by_their_name() -> None:
    parts = by_benchmark([{"benchmark": "engine-up", "stack": "dev", "wall_ratio": 1.01}])
    assert parts["engine-up"].splitlines()[-1] == "| dev | 1.01 |"
