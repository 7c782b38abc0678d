# The exporter and nothing else: no shell, no package manager, an unprivileged user.
#
#   docker build -t highwater --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker run -p 10308:10308 highwater --bootstrap kafka:9092

# Not the slim one, which lacks make: librdkafka is built with it.
FROM rust:1.95-bookworm AS builder
WORKDIR /src
COPY . .
# Shown by highwater_build_info.
ARG REVISION=unknown
ENV HIGHWATER_REVISION=$REVISION
# Linked statically, so that the image needs no system library. This C library finds names through /etc/hosts and DNS
# by itself; other sources of names, which a container has not, would need more.
RUN host="$(rustc --print host-tuple)" \
    && RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --bin highwater --target "$host" \
    && cp "${CARGO_TARGET_DIR:-target}/$host/release/highwater" ./highwater

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Highwater" \
      org.opencontainers.image.description="Kafka lag and health exporter for Prometheus" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# The certificate authorities of the builder, for brokers whose certificates are signed by a public one.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=builder /src/LICENSE /usr/share/doc/highwater/LICENSE
COPY --from=builder /src/highwater /usr/bin/highwater
# By number, so that Kubernetes can see that it is not root; there is no /etc/passwd to look a name up in.
USER 65532:65532
EXPOSE 10308
ENTRYPOINT ["/usr/bin/highwater"]
