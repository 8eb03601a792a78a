"""What e-mails say of the charter, in French and in English."""

from collections.abc import Mapping

FRENCH: Mapping[str, str] = {
    "charter_asks.subject": "Charte, version {version} : nouvelle adhésion demandée jusqu’au {adhere_by}",
    "charter_asks.headline": "La version {version} de la charte demande une nouvelle adhésion, jusqu’au {adhere_by}.",
    "charter_asks.lead": "« {title} », publiée le {published_on}.",
    "charter_asks.judgement": "Ce qui change, selon le bureau du programme : « {judgement} ».",
    "charter_asks.own": "Votre organisation a signé la version {signed_version} : cette adhésion compte jusqu’à ce "
    "jour, puis prend fin, et avec elle le siège à l’instance de concertation.",
    "charter_asks.office": "Adhésions à renouveler : {asked}.",
    "charter_asks.adhere": "Lire la version {version} et adhérer",
    "charter_asks.read": "Lire la version {version}",
    "charter_signed.subject": "{organisation} adhère à la charte",
    "charter_signed.headline": "{organisation} adhère à la charte depuis le {signed_on}.",
    "charter_signed.lead": "« {title} », version {version}. Cette adhésion donne un siège à l’instance "
    "de concertation.",
    "charter_withdrawn.subject": "{organisation} quitte la charte le {withdrawn_on}",
    "charter_withdrawn.headline": "{organisation} quitte la charte le {withdrawn_on}.",
    "charter_withdrawn.lead": "« {title} », version {version}, signée le {signed_on}. Son siège à l’instance de "
    "concertation prend fin ce jour.",
    "charter_withdrawn.reason": "Motif : {reason}.",
    "charter_lapsed.subject": "{organisation} : l’adhésion à la charte a pris fin",
    "charter_lapsed.headline": "{organisation} : l’adhésion à la charte a pris fin le {lapsed_on}.",
    "charter_lapsed.lead": "Une version plus récente de « {title} » demandait d’adhérer de nouveau au plus tard ce "
    "jour. La signature du {signed_on}, de la version {version}, ne compte plus, et le siège à l’instance de "
    "concertation est fermé.",
    "charter_lapsed.again": "Votre organisation peut encore adhérer à la version en vigueur : son siège lui est alors "
    "rendu.",
    "charter_lapsed.adhere": "Adhérer de nouveau",
    "charter.button": "Voir la charte",
    "because.charter": "Vous recevez ce message parce que votre organisation, {organisation}, a adhéré à cette charte.",
}

ENGLISH: Mapping[str, str] = {
    "charter_asks.subject": "Charter, version {version}: adhere again by {adhere_by}",
    "charter_asks.headline": "Version {version} of the charter asks for a new adherence, by {adhere_by}.",
    "charter_asks.lead": "“{title}”, published on {published_on}.",
    "charter_asks.judgement": "What changes, in the programme office’s words: “{judgement}”.",
    "charter_asks.own": "Your organisation signed version {signed_version}: that adherence counts until that day, then "
    "ends, and with it the seat in the consultation body.",
    "charter_asks.office": "Adherences to renew: {asked}.",
    "charter_asks.adhere": "Read version {version} and adhere",
    "charter_asks.read": "Read version {version}",
    "charter_signed.subject": "{organisation} adheres to the charter",
    "charter_signed.headline": "{organisation} has adhered to the charter since {signed_on}.",
    "charter_signed.lead": "“{title}”, version {version}. This adherence gives a seat in the consultation body.",
    "charter_withdrawn.subject": "{organisation} leaves the charter on {withdrawn_on}",
    "charter_withdrawn.headline": "{organisation} leaves the charter on {withdrawn_on}.",
    "charter_withdrawn.lead": "“{title}”, version {version}, signed on {signed_on}. Its seat in the consultation body "
    "ends that day.",
    "charter_withdrawn.reason": "Reason: {reason}.",
    "charter_lapsed.subject": "{organisation}: adherence to the charter has ended",
    "charter_lapsed.headline": "{organisation}: adherence to the charter ended on {lapsed_on}.",
    "charter_lapsed.lead": "A later version of “{title}” asked for a new adherence by that day. The signature of "
    "{signed_on}, of version {version}, no longer counts, and the seat in the consultation body is closed.",
    "charter_lapsed.again": "Your organisation may still adhere to the version in force: its seat is then given back.",
    "charter_lapsed.adhere": "Adhere again",
    "charter.button": "See the charter",
    "because.charter": "You receive this message because your organisation, {organisation}, has adhered to this "
    "charter.",
}
