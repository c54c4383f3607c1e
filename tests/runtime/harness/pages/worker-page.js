// Has a web worker run the suite.
import { post } from './report.js'

await post(async () => {
  const worker = new Worker('/worker.js')
  const results = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(`cannot run the worker: ${message}`))
  })
  worker.postMessage(await (await fetch('/env')).json())
  return results
})
