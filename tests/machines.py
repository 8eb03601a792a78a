"""State machines of hypothesis against real databases."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run_lives(machine: type[RuleBasedStateMachine], *, lives: int, steps: int) -> None:
    """Run a machine through so many lives of so many steps each.

    A failing life is shown as it is: made shorter, each of its steps would be run again hundreds of times.
    """
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
