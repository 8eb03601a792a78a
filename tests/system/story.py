"""What must be true of the demo's outcome, whatever it ran on; each file of the demo inherits these tests."""

from decimal import Decimal
from typing import Any

CHECKS = {
    "ledger_equals_projection",
    "each_event_ended_once_at_each_subscriber",
    "every_secured_euro_explained",
    "outbox_drained",
    "quarantine_empty",
    "fifty_thousand_available",
    "a_seat_for_each_signature_of_the_charter",
    "leaving_the_charter_says_what_it_touches",
    "the_mandate_says_what_remains",
    "last_signature_puts_in_force",
    "refused_is_no_longer_sought",
    "the_difference_shown_is_the_one_booked",
    "the_projection_follows_the_amendment",
    "the_text_before_the_amendment_stays",
    "undue_tranches_are_lost",
    "mistake_is_mended",
    "webhook_signatures_verified",
    "a_trial_changes_nothing",
    "a_wrong_line_blocks_the_file",
    "the_trial_becomes_the_import",
    "the_ceiling_says_what_remains",
    "what_passes_a_ceiling_is_refused_with_what_is_left",
    "a_derogation_is_recorded_and_shown",
    "a_hand_not_recorded_does_not_sign",
    "two_must_adhere_again",
    "each_deadline_is_announced_once",
    "who_did_not_adhere_again_lost_its_seat",
    "a_departure_costs_what_was_foreseen",
    "the_seats_foreseen_are_closed",
}


class TheStory:
    """Tests of `outcome`, the JSON that the demo wrote."""

    def test_every_check_is_true(self, outcome: dict[str, Any]) -> None:
        assert [name for name, true in outcome["checks"].items() if not true] == []
        assert set(outcome["checks"]) >= CHECKS

    def test_every_organisation_of_the_registers_is_known(self, outcome: dict[str, Any]) -> None:
        assert outcome["organisations"] == 198 + 60 + 3 + 2

    def test_the_envelopes_are_those_of_the_deliberation(self, outcome: dict[str, Any]) -> None:
        envelopes = {axis: row["envelope"] for axis, row in outcome["projection"].items()}

        assert envelopes == {"1": "1000000.00", "2": "2000000.00", "3": "2000000.00", "4": "1000000.00"}

    def test_the_figures_are_those_that_the_story_promised(self, outcome: dict[str, Any]) -> None:
        """Axis 3 keeps the tranche that was due before the termination, axis 4 the 50 000 € and a proposal."""
        figures = {
            axis: tuple(row[measure] for measure in ("sought", "secured", "received"))
            for axis, row in outcome["projection"].items()
        }

        assert figures["2"] == ("0.00", "192345.67", "40000.00")
        assert figures["3"] == ("0.00", "50000.00", "0.00")
        assert figures["4"] == ("175000.00", "50000.00", "0.00")
        assert figures["1"][2] == "20000.00"

    def test_the_gap_is_what_is_needed_and_not_secured(self, outcome: dict[str, Any]) -> None:
        for row in outcome["projection"].values():
            assert Decimal(row["gap"]) == Decimal(row["need"]) - Decimal(row["secured"])

    def test_two_conventions_of_the_story_and_every_adhesion_are_in_force(self, outcome: dict[str, Any]) -> None:
        assert outcome["conventions_in_force"] == 2 + 210

    def test_mails_and_webhooks_left(self, outcome: dict[str, Any]) -> None:
        assert outcome["emails"] == 14
        assert outcome["webhooks"] > outcome["emails"]

    def test_the_projection_follows_a_signature_at_once(self, outcome: dict[str, Any]) -> None:
        assert 0 < outcome["latency_ms"]["p50"] <= outcome["latency_ms"]["p99"] < 5000
