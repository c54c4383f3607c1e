// Places that forbid something: a page without WebAssembly, a service worker without `import()`.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runInBrowser } from './harness/browsers.mjs'
import { startPeers } from './peers.mjs'

const suite = new URL('suite.mjs', import.meta.url)
let peers
before(async () => (peers = await startPeers()))
after(() => peers?.stop())

for (const browser of ['chromium', 'firefox', 'webkit']) {
  test(`in ${browser}, a policy that forbids WebAssembly is a start-up error that names the directive`, async () => {
    const results = await runInBrowser(browser, suite, {}, '/forbidden')
    assert.equal(results.length, 1)
    assert.ok(results[0].ok, results[0].error)
  })
}

const pays = async (script) => {
  const { payer, cores, sellers } = peers.env
  const [result] = await runInBrowser('chromium', suite, { payer, cores, sellers, script }, '/modules')
  assert.ok(result.ok, result.error)
  return result
}

test('a service worker of plain modules verifies certificates with farthing/certificates', async () => {
  assert.deepEqual(await pays('guaranteed-verified.js'), { name: 'pays', ok: true, state: 'settled' })
})

test('without farthing/certificates, it pays and tells that the certificate could not be checked', async () => {
  const { state, problem } = await pays('guaranteed.js')
  assert.deepEqual([state, problem], ['unknown', 'certificate/unchecked'])
})
