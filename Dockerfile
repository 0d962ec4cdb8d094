# escalate in a container: the command line, the page, CDS Hooks and the HTTP API.
#
#   docker build -t escalate .
#   docker run --rm -v "$PWD:/data:ro" escalate assess patient.yaml
#
# durable_rules is published as source only, so a compiler is needed once; it stays behind in the first stage.
FROM python:3.11.13-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml hatch_build.py README.md LICENSE NOTICE ./
COPY escalate ./escalate
COPY knowledge ./knowledge
COPY rules ./rules
COPY examples ./examples
RUN python -m venv /escalate \
 && /escalate/bin/pip install --no-cache-dir '.[serve,log,calendar,pdf]' \
 && /escalate/bin/python -m compileall -q /escalate

FROM python:3.11.13-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 escalate
COPY --from=build /escalate /escalate
# Fonts of the figures and the compiled rules are kept where the user may write; no patient data is in either.
ENV PATH=/escalate/bin:$PATH \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /data
ENTRYPOINT ["escalate"]
CMD ["--help"]
