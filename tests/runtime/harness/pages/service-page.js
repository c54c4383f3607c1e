// Has a service worker run the suite.
import { post } from './report.js'

await post(async () => {
  await navigator.serviceWorker.register('/service-worker.js', { scope: '/' })
  const { active } = await navigator.serviceWorker.ready
  const { port1, port2 } = new MessageChannel()
  const results = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
  active.postMessage(await (await fetch('/env')).json(), [port2])
  return results
})
