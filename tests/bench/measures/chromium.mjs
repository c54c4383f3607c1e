// In a page: from import to the first payment header, and from a challenge to the header once it is warm.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { bundle } from '../../../js/build/size.mjs'
import { at } from '../../../js/build/step.mjs'
import { launchChromium } from '../../browser/chromium.mjs'
import { compare, orFew } from '../compare.mjs'
import { contestants, fileOf, mustBePaid } from '../contestants.mjs'
import { farthing, side } from '../places.mjs'

const text = (value) => JSON.stringify(value)

/** `{ cold, header }`: rows in microseconds. */
export async function chromium() {
  const site = await serve(await filesOfTheSite())
  const browser = await launchChromium()
  try {
    const cold = Object.keys(contestants).map((name) => ({ name, run: () => opened(browser, site.origin, name) }))
    return { cold: await compare(cold, { rounds: 10, warmUp: 1 }), header: await steady(browser, site.origin) }
  } finally {
    await browser.close()
    site.close()
  }
}

/** A page that knows nothing of any other, its cache included: the milliseconds, once the payment was looked at. */
async function opened(browser, origin, name) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(origin)
  const { ms, payment } = await page.evaluate(
    async (file) => {
      const started = performance.now()
      const { pay } = await import(file)
      return pay(started)
    },
    `/${contestants[name].who}-${contestants[name].name.replaceAll('/', '-')}`,
  )
  await context.close()
  await mustBePaid(name, payment)
  return ms
}

/** All of them in one page, taking turns. */
async function steady(browser, origin) {
  const page = await browser.newPage()
  await page.goto(origin)
  const { payments, rows } = await page.evaluate(
    async (rounds) => (await import('/steady.js')).steady(rounds),
    orFew(40),
  )
  for (const [name, payment] of Object.entries(payments)) await mustBePaid(name, payment)
  return rows
}

async function filesOfTheSite() {
  const files = { '/': '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">' }
  for (const [name, { who, name: file }] of Object.entries(contestants)) {
    files[`/${who}-${file.replaceAll('/', '-')}`] = await inOneFile(`
      import * as packages from ${text(fileOf(name))}
      import * as payers from ${text(side('payers.mjs'))}
      import { url } from ${text(side('offer.mjs'))}
      export async function pay(started) {
        let [ms, payment] = []
        const pay = await payers.${who}(packages, (made) => {
          ms ??= performance.now() - started
          payment = made
        })
        await pay(url)
        return { ms, payment }
      }`)
  }
  const others = Object.keys(contestants).filter((name) => name !== 'farthing')
  files['/steady.js'] = await inOneFile(`
    ${others.map((name, number) => `import * as packages${number} from ${text(fileOf(name))}`).join('\n')}
    import * as farthing from ${text(`${farthing}/generated/farthing.js`)}
    import { compare } from ${text(at('tests/bench/turns.mjs'))}
    import { headerMakers } from ${text(side('headers.mjs'))}
    export async function steady(rounds) {
      farthing.initSync({ module: await WebAssembly.compileStreaming(fetch('/farthing_bg.wasm')) })
      const others = { ${others.map((name, number) => `${text(name)}: packages${number}`).join(', ')} }
      const payments = {}
      const makers = headerMakers({ ...others, farthing }).map(({ name, make }) => ({
        name,
        // The page's clock is coarse.
        times: 8,
        run: async () => void (payments[name] = await make()),
      }))
      return { rows: await compare(makers, { rounds, warmUp: Math.min(20, rounds) }), payments }
    }`)
  files['/farthing_bg.wasm'] = readFileSync(`${farthing}/farthing_bg.wasm`)
  return files
}

// Whole, also what it would load later: of a page's first payment that is no part.
const inOneFile = (contents) => bundle(contents, { plugins: [] })

async function serve(files) {
  const types = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' }
  const server = createServer(({ url }, response) => {
    if (!Object.hasOwn(files, url)) return response.writeHead(404).end()
    const type = types[url.split('.').at(-1)] ?? 'text/html'
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(files[url])
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://localhost:${server.address().port}`, close }
}
