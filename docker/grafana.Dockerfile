# Grafana with the Argus plugin: docker build -f docker/grafana.Dockerfile . The plugin is built here and is not signed.
FROM node:24.21.0-bookworm-slim AS plugin
WORKDIR /argus
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
COPY backend/package.json backend/
COPY grafana-plugin/package.json grafana-plugin/
RUN npm ci --workspace grafana-plugin --include-workspace-root --no-audit --no-fund
COPY grafana-plugin/ grafana-plugin/
RUN npm run build --workspace grafana-plugin

FROM grafana/grafana:12.4.0
COPY --from=plugin /argus/grafana-plugin/dist /argus/plugins/argus-app
COPY provisioning/grafana /argus/provisioning
ENV GF_PATHS_PLUGINS=/argus/plugins \
  GF_PATHS_PROVISIONING=/argus/provisioning \
  GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=argus-app,argus-datasource,argus-forecast-panel,argus-fleet-panel,argus-explanation-panel \
  GF_PLUGINS_PREINSTALL_DISABLED=true \
  GF_ANALYTICS_REPORTING_ENABLED=false \
  GF_ANALYTICS_CHECK_FOR_UPDATES=false \
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false \
  GF_NEWS_NEWS_FEED_ENABLED=false \
  ARGUS_DASHBOARDS=/argus/plugins/argus-app/dashboards
USER 472:0
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"]
