"""The one page that people reach without signing in: to receive no more e-mails."""

from services.notifications.channels.letter import TEMPLATES
from services.notifications.domain.stakeholder import Language

_WORDS = {
    Language.FRENCH: {
        "title": "Ne plus recevoir d’e-mails",
        "asked": "Voulez-vous ne plus recevoir ces e-mails ?",
        "explained": "Les conventions continuent sans ces messages ; votre organisation les suit dans Entente.",
        "button": "Ne plus les recevoir",
        "done": "C’est fait : vous ne recevrez plus ces e-mails.",
        "regret": "Pour les recevoir de nouveau, écrivez au bureau du programme.",
    },
    Language.ENGLISH: {
        "title": "Receive no more e-mails",
        "asked": "Would you like to receive no more of these e-mails?",
        "explained": "The conventions go on without these messages; your organisation follows them in Entente.",
        "button": "Receive no more",
        "done": "Done: you will receive no more of these e-mails.",
        "regret": "To receive them again, write to the programme office.",
    },
}


def unsubscribe_page(language: Language | None, *, done: bool) -> str:
    """Give the page in the person's language, French if unknown: the button, or that it is done."""
    chosen = language or Language.FRENCH
    return TEMPLATES.get_template("unsubscribe.html").render(language=chosen, words=_WORDS[chosen], done=done)
