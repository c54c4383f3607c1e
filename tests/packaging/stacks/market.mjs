// What the README's code needs to run: an official seller on a chain of its own, and the README's code itself.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { accounts, startChain } from '../../peers/chain.mjs'
import { startFacilitatorV2, startSellerV2 } from '../../peers/x402-v2.mjs'

const [, payer] = accounts
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')

/** Starts chain, facilitator and seller. `paidFor` insists that exactly one cent arrives while `act` runs. */
export async function startMarket() {
  const chain = await startChain()
  await chain.mint(payer.address, 100_000_000n)
  const facilitator = await startFacilitatorV2(chain)
  const seller = await startSellerV2({ chain, facilitatorUrl: facilitator.url })
  return {
    chain,
    payer,
    url: seller.url,
    async paidFor(act) {
      const before = await chain.balanceOf(seller.payTo)
      const result = await act()
      assert.equal(await chain.balanceOf(seller.payTo), before + 10_000n, 'one cent arrived on the chain')
      return result
    },
    async stop() {
      for (const peer of [seller, facilitator, chain]) await peer.stop()
    },
  }
}

/** The README's code block that begins with these words after the fence. Only the seller's address changes. */
export function readmeCode(words, sellerUrl) {
  const block = new RegExp(`^\`\`\`${words}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readme)?.[1]
  assert.ok(block, `the README has a block of ${words}`)
  return block
    .replaceAll('https://api.example.com', sellerUrl)
    .replaceAll("'api.example.com'", `'${sellerUrl}'`)
}

/** Such code taken apart, to put it into a function: its import, and what follows. */
export function partsOf(code) {
  const [, imports, body] = /^(import .*\n)([\s\S]*)$/.exec(code)
  return { imports, body }
}

/** The README's first code as it stands. */
export const serverCode = (sellerUrl) => readmeCode('js', sellerUrl)

/** The same for a page, changed as the README says: a person's own wallet signs. */
export function pageCode(sellerUrl) {
  const code = serverCode(sellerUrl)
    .replace('localWallet(process.env.PAYER_KEY)', 'injectedWallet(window.ethereum)')
    .replace('import { localWallet,', 'import { injectedWallet,')
  assert.doesNotMatch(code, /localWallet|process/)
  return `${code}globalThis.bought = pay.recordOf(response).state\n`
}
