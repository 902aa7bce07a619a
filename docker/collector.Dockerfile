# The OpenTelemetry Collector for Argus: docker build -f docker/collector.Dockerfile .
FROM golang:1.26.8-bookworm AS build
WORKDIR /build
ARG DISTRIBUTION=agent
RUN CGO_ENABLED=0 go install go.opentelemetry.io/collector/cmd/builder@v0.160.0
COPY otel-collector/distribution/${DISTRIBUTION}/ ./
# Its own `go mod tidy` asks for modules of tests that cannot be had; go.mod and go.sum are committed instead.
RUN sed 's|^dist:$|dist:\n  output_path: /build|' manifest.yaml > /tmp/manifest.yaml \
  && builder --config /tmp/manifest.yaml --skip-get-modules --skip-compilation \
  && CGO_ENABLED=0 go build -tags="$(sed -n 's/^  build_tags: //p' manifest.yaml)" \
    -mod=readonly -buildvcs=false -trimpath -ldflags="-s -w" -o /otelcol-argus . \
  && install -d -m 700 /queue

FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="OpenTelemetry Collector for Argus" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /otelcol-argus /otelcol-argus
COPY --from=build --chown=65532:65532 /queue /queue
COPY otel-collector/*.yaml /etc/otelcol-argus/
COPY otel-collector/overlays/ /etc/otelcol-argus/overlays/
COPY docker/collector-key.yaml /etc/otelcol-argus/overlays/
ENV ARGUS_QUEUE_DIR=/queue
USER 65532:65532
VOLUME /queue
EXPOSE 4317 4318 13133
# The image has no shell and no client to ask with: whoever runs it asks port 13133. The program ends when it cannot work.
HEALTHCHECK NONE
ENTRYPOINT ["/otelcol-argus"]
CMD ["--config", "/etc/otelcol-argus/agent.yaml"]
