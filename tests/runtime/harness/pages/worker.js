// After the bundle that defines `start` (site.mjs).
self.onmessage = async ({ data }) => self.postMessage(await self.start(data))
