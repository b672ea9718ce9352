// Shows a helpful page when there is no network. It never answers from a store what the server should say: a consent
// page from yesterday would be a lie. The page is inside this file, so it needs no cache at all.
const OFFLINE = `<!DOCTYPE html><html lang="zh-Hans-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>没有网络 · 一点生活-live 隐私中心</title>
<style>
body { margin: 0; background: Canvas; color: CanvasText; font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 22em; margin: 20vh auto 0; padding: 0 24px; text-align: center; }
h1 { font-size: 1.375rem; }
a { display: inline-block; margin-top: 16px; padding: 12px 32px; border: 1px solid; border-radius: 12px; color: inherit; text-decoration: none; }
</style></head><body>
<main><h1>没有网络</h1>
<p>页面没有打开，你的设置和信息没有任何变化。</p>
<p>网络恢复后会自动重新打开。</p>
<p><a href="">重新加载</a></p></main>
<script>
const again = () => fetch("/healthz").then(() => location.reload(), () => setTimeout(again, 3000));
addEventListener("online", again);
setTimeout(again, 3000);
</script></body></html>`;

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
