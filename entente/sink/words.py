"""The words of the sink's page, French first."""

WORDS = {
    "fr": {
        "title": "Boîte de réception de la démonstration",
        "headline": "{mails} courriels et {hooks} webhooks sont arrivés ici, et ne vont pas plus loin.",
        "aside": "Le serveur de courrier et le récepteur sont vrais : ce qui s’affiche est venu par SMTP et par HTTP.",
        "mails": "Courriels",
        "hooks": "Webhooks",
        "newest": "les {shown} plus récents",
        "to": "à",
        "text": "Version texte",
        "mail": "Le courriel",
        "verified": "signature vérifiée",
        "refused": "signature refusée",
        "body": "Le message",
        "none": "Rien pour le moment : rechargez la page quand une convention entre en vigueur.",
    },
    "en": {
        "title": "The demo’s inbox",
        "headline": "{mails} e-mails and {hooks} webhooks arrived here, and go no further.",
        "aside": "The mail server and the webhook receiver are real: what you see was sent over SMTP and HTTP.",
        "mails": "E-mails",
        "hooks": "Webhooks",
        "newest": "the {shown} newest",
        "to": "to",
        "text": "Text version",
        "mail": "The e-mail",
        "verified": "signature verified",
        "refused": "signature refused",
        "body": "The message",
        "none": "Nothing yet: reload the page once a convention enters into force.",
    },
}
