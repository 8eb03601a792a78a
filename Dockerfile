# One image for every service and for the console; the command says which (docker-compose.yml).

FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/entente
WORKDIR /build
COPY requirements.lock ./
RUN /opt/entente/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENCE ./
COPY chassis chassis
COPY contracts contracts
COPY services services
COPY console console
COPY entente entente
RUN /opt/entente/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.11-slim-bookworm
# A number, so that an orchestrator can see that it is not root.
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/entente entente \
    && install -d -o entente -g entente -m 700 /var/lib/entente
COPY --from=build /opt/entente /opt/entente
COPY programmes /srv/programmes
ENV PATH=/opt/entente/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENTENTE_HOST=0.0.0.0 \
    ENTENTE_STATE_DIRECTORY=/var/lib/entente
VOLUME /var/lib/entente
WORKDIR /srv
USER 10001
CMD ["entente", "--help"]
