// What a payer takes of farthing. Bundled where it runs without node_modules.
export { localWallet, wrapFetch } from 'farthing'
