// Shows a helpful page when there is no network. It never answers from a store what the server should say: a consent
// page from yesterday would be a lie. The page is inside this file, so it needs no cache at all.
const OFFLINE = `<!DOCTYPE html><html lang="zh-Hans-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>没有网络 · 一点生活-live 隐私中心</title></head><body>
<main><h1>没有网络</h1>
<p>页面没有打开，你的设置和信息没有任何变化。</p>
<p>请检查网络后<a href="">重新加载</a>。</p></main></body></html>`;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  // Only pages that are opened; a form that could not be sent must fail visibly, not turn into a page.
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(
    fetch(event.request).catch(
      () => new Response(OFFLINE, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } }),
    ),
  );
});
