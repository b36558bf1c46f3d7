# An image with the models in it, for platforms that mount none:
#   docker build -t REGISTRY/penguins:1 -f docs/deploy/model.Dockerfile FOLDER
# FOLDER holds the .skcook files and nothing secret; all of them are served.
ARG IMAGE=skcook:latest
# hadolint ignore=DL3006
FROM ${IMAGE}
COPY *.skcook /models/
