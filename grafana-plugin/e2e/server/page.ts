/** JSON that may stand inside a script element. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

/**
 * The one HTML page. The host is imported after the page's own load, so that tools which only read
 * `window.grafanaBootData` need not wait for it.
 */
export function page(bootData: { readonly user: { readonly theme: string } }, hostUrl: string): string {
  return `<!doctype html>
<html lang="en" data-theme="${bootData.user.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Argus: preview without Grafana</title>
<base href="/">
<link rel="icon" href="public/plugins/argus-app/img/logo.svg">
<link rel="modulepreload" href="${hostUrl}">
<link rel="stylesheet" href="${hostUrl.replace('main.js', 'main.css')}">
<script type="systemjs-importmap">{"imports":{}}</script>
</head>
<body>
<div id="reactRoot"></div>
<script>window.__grafana_public_path__ = 'public/'; window.grafanaBootData = ${scriptJson(bootData)};</script>
<script type="module">import(${JSON.stringify(hostUrl)});</script>
</body>
</html>
`;
}
