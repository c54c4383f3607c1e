// After the bundle that defines `start` (site.mjs).
self.onmessage = (event) => {
  const [port] = event.ports
  event.waitUntil(self.start(event.data).then((results) => port.postMessage(results)))
}
