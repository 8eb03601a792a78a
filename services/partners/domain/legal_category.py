"""Legal categories: INSEE's codes of what an organisation is in law, with the words of those that programmes meet."""

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "1000": "Entrepreneur individuel",
    "4110": "Établissement public national à caractère industriel ou commercial",
    "4140": "Établissement public local à caractère industriel ou commercial",
    "4150": "Régie d’une collectivité locale à caractère industriel ou commercial",
    "5499": "Société à responsabilité limitée",
    "5515": "Société d’économie mixte",
    "5599": "Société anonyme",
    "5710": "Société par actions simplifiée",
    "7113": "Ministère",
    "7172": "Service déconcentré de l’État à compétence départementale",
    "7210": "Commune",
    "7220": "Département",
    "7230": "Région",
    "7343": "Communauté urbaine",
    "7344": "Métropole",
    "7346": "Communauté de communes",
    "7348": "Communauté d’agglomération",
    "7353": "Syndicat intercommunal à vocation multiple",
    "7354": "Syndicat mixte fermé",
    "7355": "Syndicat mixte ouvert",
    "7361": "Centre communal d’action sociale",
    "7364": "Établissement d’hospitalisation",
    "7381": "Organisme consulaire",
    "7383": "Établissement public national à caractère scientifique, culturel et professionnel",
    "7389": "Établissement public national à caractère administratif",
    "7410": "Groupement d’intérêt public",
    "9210": "Association non déclarée",
    "9220": "Association déclarée",
    "9230": "Association déclarée reconnue d’utilité publique",
    "9300": "Fondation",
}
"""Source: INSEE, nomenclature des catégories juridiques, level 3."""

PUBLIC_LEVELS = ("4", "7")
"""Level 1: public-law bodies under commercial law, and public-law bodies subject to administrative law."""


def label_of(code: str | None) -> str | None:
    """Give the words of a code that is known here."""
    return LABELS.get(code or "")


def public_by_law(code: str) -> bool:
    """Tell whether a category is of public law."""
    return code.startswith(PUBLIC_LEVELS)
