"""A fit as a page."""

from __future__ import annotations

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph
from bayesmile.pages.uncertainty import learned_table, targets_table
from bayesmile.sections.fitted import Fitted
from bayesmile.wording import count

__all__ = ["fitted_page"]

_SHOWN = 12


def fitted_page(part: Fitted) -> list[RenderableType]:
    """Headline probabilities, diagnostics, and the numbers about which the evidence said most."""
    verdict = "The chains agree" if part.converged else "The chains do not agree: do not use these numbers"
    moved = [one for one in part.learned if one.moved]
    lead = (
        f"As of {part.as_of}: {count(part.chains, 'chain')} of {part.draws:,} draws by the no-U-turn sampler"
        f" ({part.sampler}). {verdict}: R-hat up to {part.max_rhat:.3f}, at least {part.min_ess:.0f} effective draws of"
        f" every number, {count(part.divergences, 'divergent transition')}."
    )
    blocks: list[RenderableType] = [paragraph(part.title, "bold"), paragraph(lead), targets_table(part.targets)]
    blocks += [learned_table(moved[:_SHOWN])] if moved else []
    still = len(part.learned) - len(moved)
    told = (
        f"The evidence said something about {count(len(moved), 'number')} of {len(part.learned)}; {still} prior only."
    )
    return [*blocks, paragraph(""), paragraph(told)]
