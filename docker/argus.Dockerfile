# Argus's backend: docker build -f docker/argus.Dockerfile .
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /argus
# Its CPU and WebGPU parts come with the package; the CUDA part is fetched by gpu.Dockerfile.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
COPY backend/package.json backend/
COPY grafana-plugin/package.json grafana-plugin/
RUN npm ci --workspace backend --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Argus" org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 ARGUS_DATA_DIR=/data
WORKDIR /argus
# Not only /argus/node_modules: npm puts some packages below a workspace's own folder.
COPY --from=packages /argus/ ./
COPY package.json LICENSE ./
COPY backend/package.json backend/
COPY backend/src backend/src
COPY models/bundles models/bundles
COPY docker/first-start.mjs docker/alert-receiver.mjs docker/
# Whoever runs it, and whatever is mounted, /data can be written by this user alone.
RUN groupadd --gid 10001 argus && useradd --uid 10001 --gid argus --no-create-home argus \
  && install -d -o argus -g argus -m 700 /data \
  && install -d -o argus -g argus /keys/ingest /keys/read /keys/admin /keys/grafana
USER 10001:10001
VOLUME /data
EXPOSE 8000 4317 4318
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8000/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "backend/src/main.ts"]
CMD ["serve"]
