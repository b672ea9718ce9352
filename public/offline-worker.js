// Shows a helpful page when there is no network, or when it breaks while a form is sent. It never answers from a store what the server should say: a consent
// page from yesterday would be a lie. The pages are inside this file, so they need no cache at all.
const page = (title, content) => `<!DOCTYPE html><html lang="zh-Hans-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title} · 一点生活-live 隐私中心</title>
<style>
body { margin: 0; background: Canvas; color: CanvasText; font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 22em; margin: 20vh auto 0; padding: 0 24px; text-align: center; }
h1 { font-size: 1.375rem; }
a, button { display: inline-block; margin-top: 16px; padding: 12px 32px; border: 1px solid; border-radius: 12px; background: none; color: inherit; font: inherit; text-decoration: none; }
</style></head><body>
<main><h1>${title}</h1>${content}</main></body></html>`;

const OFFLINE = page("没有网络", `
<p>页面没有打开，你的设置和信息没有任何变化。</p>
<p>网络恢复后会自动重新打开。</p>
<p><a href="">重新加载</a></p>
<script>
const again = () => fetch("/healthz").then(() => location.reload(), () => setTimeout(again, 3000));
addEventListener("online", again);
setTimeout(again, 3000);
</script>`);

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// What was typed is in the page, and nowhere else: it goes with it. Sending again is the person's decision.
const unsent = (typed, from) => page("没有收到答复", `
<p>网络断了，不能确定刚才的提交有没有送达。你填的内容还在，没有丢。</p>
<p>网络恢复后可以再提交一次。不想重复提交，就先回去看看现在的状态。</p>
<form method="post">${[...new URLSearchParams(typed)].map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`).join("")}<button>再提交一次</button></form>
<a href="${escaped(from)}">回去看看</a>`);

const answer = (html) => new Response(html, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } });

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode !== "navigate") return;
  if (request.method === "GET") {
    event.respondWith(fetch(request).catch(() => answer(OFFLINE)));
  } else if (request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
    // Files are not kept: their form fails as the browser shows it.
    const kept = request.clone();
    event.respondWith(fetch(request).catch(async () => answer(unsent(await kept.text(), kept.referrer))));
  }
});
