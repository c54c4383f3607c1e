// A wallet for tests, announced in the page as EIP-6963 says, obedient to the test that runs it.
//
// The page's half only forwards; this half answers in Node, so that it can be told to misbehave while the page waits.
// It signs through anvil, which holds the well-known accounts: no signing code of ours takes part.
const icon = `data:image/svg+xml;base64,${btoa(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#2f6f5e"/><circle cx="4" cy="4" r="2" fill="#fff"/></svg>',
)}`
export const rejected = { code: 4001, message: 'User rejected the request.' }

/** `wallet.prompts` counts what a person would have had to answer. The other members change what it does next. */
export function testWallet(chain, account) {
  const wallet = {
    prompts: { connect: 0, sign: 0 },
    accounts: [account],
    /** What `eth_accounts` says, when it differs from what the person connected. */
    selected: undefined,
    chainId: chain.chainId,
    /** Whether the person lets it switch. */
    switches: false,
    /** Throws in place of a signature. */
    refusal: undefined,
    /** Changes the typed data before it is signed. */
    tamper: (data) => data,
    async answer({ method, params }) {
      switch (method) {
        case 'eth_requestAccounts':
          wallet.prompts.connect++
          return wallet.accounts
        case 'eth_accounts':
          return wallet.selected ?? wallet.accounts
        case 'eth_chainId':
          return `0x${wallet.chainId.toString(16)}`
        case 'wallet_switchEthereumChain':
          if (!wallet.switches) throw { code: 4200, message: `${method} is not supported` }
          wallet.chainId = Number(params[0].chainId)
          return null
        case 'eth_signTypedData_v4': {
          wallet.prompts.sign++
          if (wallet.refusal) throw wallet.refusal
          const data = JSON.parse(params[1])
          wallet.shown = structuredClone(data)
          return chain.rpc('eth_signTypedData_v4', [params[0], wallet.tamper(data)])
        }
        default:
          throw { code: 4200, message: `${method} is not supported` }
      }
    },
  }
  return wallet
}

/** Puts the wallet into a Playwright page, before its scripts run. `how`: announced, or only as `window.ethereum`. */
export async function inject(page, wallet, how = 'announced') {
  await page.exposeFunction('walletAnswer', (call) =>
    wallet.answer(call).then(
      (result) => ({ result }),
      ({ code, message }) => ({ error: { code, message } }),
    ),
  )
  await page.addInitScript(
    ({ icon, how }) => {
      const provider = {
        async request(call) {
          const { result, error } = await window.walletAnswer(call)
          if (error) throw Object.assign(new Error(error.message), { code: error.code })
          return result
        },
      }
      if (how === 'ethereum') return void (window.ethereum = provider)
      const info = Object.freeze({ uuid: crypto.randomUUID(), name: 'Test wallet', icon, rdns: 'test.wallet' })
      const announce = () =>
        dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
      addEventListener('eip6963:requestProvider', announce)
      announce()
    },
    { icon, how },
  )
}
