// Has a service worker that is made of modules, as they are, pay for a guarantee.
import { post } from './report.js'

await post(async () => {
  const { script, ...env } = await (await fetch('/env')).json()
  await navigator.serviceWorker.register(`/pages/${script}`, { type: 'module', scope: '/pages/' })
  const { installing, active } = await navigator.serviceWorker.getRegistration('/pages/')
  const { port1, port2 } = new MessageChannel()
  const results = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
  const worker = installing ?? active
  worker.postMessage(env, [port2])
  return results
})
