"""What every e-mail may say, whatever it tells of, in French and in English."""

from collections.abc import Mapping

FRENCH: Mapping[str, str] = {
    "informed": "Vous êtes tenu au courant : rien n’est attendu de vous.",
    "illustrative": "Exemple : cette convention est donnée à titre d’illustration.",
    "total": "Total",
    "because.office": "Vous recevez ce message parce que vous suivez le programme{programme}.",
    "because.programme": " « {programme} »",
    "unsubscribe": "Ne plus recevoir ces messages",
}

ENGLISH: Mapping[str, str] = {
    "informed": "This is for your information: nothing is asked of you.",
    "illustrative": "Example: this convention is given as an illustration.",
    "total": "Total",
    "because.office": "You receive this message because you follow the programme{programme}.",
    "because.programme": " “{programme}”",
    "unsubscribe": "Receive these messages no more",
}
