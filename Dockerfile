# The server in an image:
#   docker build -t skcook .
#   docker run --rm -p 8080:8080 -v "$PWD/income.skcook:/models/model.skcook:ro" skcook
# It serves the files of /models (or those that MODEL names), on $PORT, as a user without rights. The
# root file system may be read-only. `skcook-score` is in it too: docker run --entrypoint skcook-score ...
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS builder
# A compiler stays in this stage: where no wheel exists for LightFM (Linux on ARM), it is built here.
# Debian keeps no old version of a package: a pin would break at each update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# What the image can run. Smaller: --build-arg EXTRAS=serve,boost-cpu
ARG EXTRAS=boost-cpu,serve,batch,recommend
RUN python -m venv /opt/skcook && /opt/skcook/bin/pip install --no-cache-dir uv
COPY pyproject.toml README.md LICENSE ./
COPY skcook ./skcook
RUN /opt/skcook/bin/uv pip install --no-cache --system-certs --compile-bytecode \
        --python /opt/skcook/bin/python ".[${EXTRAS}]" \
    && /opt/skcook/bin/uv pip uninstall --python /opt/skcook/bin/python uv pip setuptools

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="skcook" \
      org.opencontainers.image.description="Serve a saved model: JSON API, web page, metrics" \
      org.opencontainers.image.licenses="BSD-3-Clause"
# LightGBM links the system's OpenMP.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin skcook \
    && mkdir /models
COPY --from=builder /opt/skcook /opt/skcook
COPY docs/deploy/entrypoint /usr/local/bin/skcook-entrypoint
ENV PATH=/opt/skcook/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    MODEL=/models \
    PORT=8080
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + (os.environ.get('AIP_HTTP_PORT') or os.environ['PORT']) + '/readyz', timeout=4)"]
ENTRYPOINT ["skcook-entrypoint"]
