import {
  type ExternalWallet,
  refusalOf,
  type SignRequest,
  type TypedData,
  WalletRefusal,
  type Wallet,
} from './wallet.js'

type Sign = (...args: never[]) => Promise<string>

/** A viem account, or anything with an address that signs viem's way. */
export type SigningAccount = { address: string; signTypedData: Sign }
/** A viem wallet client with an account. */
export type SigningClient = {
  account?: { address: string } | undefined
  signTypedData: Sign
  getChainId?: () => Promise<number>
}
/** An ethers signer. */
export type SigningSigner = { getAddress(): Promise<string>; signTypedData: Sign }
/** Every kind of wallet that farthing takes. */
export type WalletLike = Wallet | SigningAccount | SigningClient | SigningSigner

/** Wraps whatever the host program has. `undefined` when it is no wallet. */
export function walletOf(wallet: WalletLike): Wallet | undefined {
  if (typeof wallet !== 'object' || wallet === null) return undefined
  if ('kind' in wallet && (wallet.kind === 'local' || wallet.kind === 'external')) return wallet
  const candidate = wallet as Partial<SigningAccount & SigningClient & SigningSigner>
  if (typeof candidate.signTypedData !== 'function') return undefined
  if (typeof candidate.getAddress === 'function') return fromSigner(candidate as SigningSigner)
  if (candidate.account && typeof candidate.account === 'object') return fromClient(candidate as SigningClient)
  return typeof candidate.address === 'string' ? fromAccount(candidate as SigningAccount) : undefined
}

function fromAccount(account: SigningAccount): ExternalWallet {
  const sign = account.signTypedData.bind(account) as (data: object) => Promise<string>
  return external(
    async () => account.address,
    (data) => sign(viemData(data)),
  )
}

function fromClient(client: SigningClient): ExternalWallet {
  const sign = client.signTypedData.bind(client) as (data: object) => Promise<string>
  return external(
    async () => client.account?.address ?? '',
    async (data, { chainId }) => {
      if (client.getChainId && BigInt(await client.getChainId()) !== chainId) throw new WalletRefusal('chain')
      return sign({ account: client.account, ...viemData(data) })
    },
  )
}

function fromSigner(signer: SigningSigner): ExternalWallet {
  const sign = signer.signTypedData.bind(signer) as (...args: unknown[]) => Promise<string>
  return external(
    () => signer.getAddress(),
    ({ domain, types, message }) => sign(domain, withoutDomain(types), message),
  )
}

function external(
  account: () => Promise<string>,
  sign: (data: TypedData, request: SignRequest) => Promise<string>,
): ExternalWallet {
  const refused = (thrown: unknown) => Promise.reject(refusalOf(thrown))
  return {
    kind: 'external',
    account: () => account().catch(refused),
    sign: (request) => sign(JSON.parse(request.typedData) as TypedData, request).catch(refused),
  }
}

// Both libraries derive the domain's type themselves.
function withoutDomain({ EIP712Domain: _, ...types }: TypedData['types']): TypedData['types'] {
  return types
}

// viem takes integers as bigint.
function viemData({ domain, types, primaryType, message }: TypedData) {
  const fields = types[primaryType] ?? []
  const integers = fields
    .filter(({ type }) => /^u?int\d+$/.test(type))
    .map(({ name }) => [name, BigInt(String(message[name]))])
  return { domain, types: withoutDomain(types), primaryType, message: { ...message, ...Object.fromEntries(integers) } }
}
