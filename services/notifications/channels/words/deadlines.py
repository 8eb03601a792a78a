"""What e-mails say of deadlines, in French and in English."""

from collections.abc import Mapping

FRENCH: Mapping[str, str] = {
    "tranche_due.subject": "À verser le {due_on} : {amount}, convention {reference}",
    "tranche_due.headline": "{amount} sont à verser le {due_on} au titre de la convention {reference}.",
    "tranche_due.lead": "Qui verse : {organisation}, pour l’action {action_code}. Convention « {title} ».",
    "tranche_due.condition": "Condition : {condition}.",
    "tranche_due.paid": "Déjà versé : {paid}.",
    "tranche_due.own": "C’est à votre organisation de verser cette tranche.",
    "contribution_due.subject": "Apport attendu le {due_on}, convention {reference}",
    "contribution_due.headline": "Un apport de la convention {reference} est attendu le {due_on}.",
    "contribution_due.lead": "{kind}. Qui l’apporte : {organisation}, pour l’action {action_code}. "
    "Convention « {title} ».",
    "contribution_due.own": "C’est à votre organisation de l’apporter.",
    "convention_ending.subject": "La convention {reference} prend fin le {due_on}",
    "convention_ending.headline": "La convention {reference} prend fin le {due_on}.",
    "convention_ending.lead": "« {title} ». Parties : {parties}. Ce jour passé, aucun avenant ne peut plus la "
    "prolonger.",
    "convention_ending.early": "« {title} ». Parties : {parties}. Elle a été résiliée pour ce jour : ce qui échoit "
    "alors ou plus tard, et n’a pas été reçu, n’est plus dû.",
    "proposal_expiring.subject": "Convention {reference} : dernier jour pour signer, le {due_on}",
    "proposal_expiring.headline": "La convention {reference} expire le {due_on}, faute d’être signée par tous.",
    "proposal_expiring.lead": "« {title} ». Signatures attendues : {awaited}.",
    "proposal_expiring.own": "Votre organisation n’a pas signé : sans sa signature ce jour, la proposition expire et "
    "ce qu’elle promettait n’est plus recherché.",
    "proposal_expiring.act": "Signer la convention",
    "charter_ending.subject": "{organisation} : l’adhésion à la charte prend fin le {due_on}",
    "charter_ending.headline": "{organisation} : l’adhésion à la charte prend fin le {due_on}.",
    "charter_ending.lead": "Une version plus récente de « {title} » demande d’adhérer de nouveau au plus tard ce "
    "jour ; sinon le siège à l’instance de concertation est fermé.",
    "charter_ending.own": "La signature de votre organisation est attendue.",
    "charter_ending.act": "Adhérer de nouveau",
    "deadline.title": "« {title} ».",
}

ENGLISH: Mapping[str, str] = {
    "tranche_due.subject": "To be paid on {due_on}: {amount}, convention {reference}",
    "tranche_due.headline": "{amount} is to be paid on {due_on} under convention {reference}.",
    "tranche_due.lead": "Who pays: {organisation}, for action {action_code}. Convention “{title}”.",
    "tranche_due.condition": "Condition: {condition}.",
    "tranche_due.paid": "Paid so far: {paid}.",
    "tranche_due.own": "It is for your organisation to pay this instalment.",
    "contribution_due.subject": "Contribution expected on {due_on}, convention {reference}",
    "contribution_due.headline": "A contribution under convention {reference} is expected on {due_on}.",
    "contribution_due.lead": "{kind}. Who brings it: {organisation}, for action {action_code}. Convention “{title}”.",
    "contribution_due.own": "It is for your organisation to bring it.",
    "convention_ending.subject": "Convention {reference} ends on {due_on}",
    "convention_ending.headline": "Convention {reference} ends on {due_on}.",
    "convention_ending.lead": "“{title}”. Parties: {parties}. After that day no amendment can extend it any more.",
    "convention_ending.early": "“{title}”. Parties: {parties}. It was terminated as of that day: what falls due then "
    "or later, and was not received, is no longer owed.",
    "proposal_expiring.subject": "Convention {reference}: last day to sign, {due_on}",
    "proposal_expiring.headline": "Convention {reference} expires on {due_on}, since not all have signed it.",
    "proposal_expiring.lead": "“{title}”. Signatures awaited: {awaited}.",
    "proposal_expiring.own": "Your organisation has not signed: without its signature that day the proposal expires, "
    "and what it promised is no longer sought.",
    "proposal_expiring.act": "Sign the convention",
    "charter_ending.subject": "{organisation}: adherence to the charter ends on {due_on}",
    "charter_ending.headline": "{organisation}: adherence to the charter ends on {due_on}.",
    "charter_ending.lead": "A later version of “{title}” asks for a new adherence by that day; otherwise the seat in "
    "the consultation body is closed.",
    "charter_ending.own": "Your organisation’s signature is awaited.",
    "charter_ending.act": "Adhere again",
    "deadline.title": "“{title}”.",
}
