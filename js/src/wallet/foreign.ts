import {
  type ExternalWallet,
  refusalOf,
  type SignInRequest,
  type SignRequest,
  type TransactionRequest,
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

type Act = (...args: unknown[]) => Promise<unknown>
/** What a wallet may be able to do besides signing typed data. */
type Optional = { signMessage?: Act; sendTransaction?: Act }

function fromAccount(account: SigningAccount & Optional): ExternalWallet {
  const sign = account.signTypedData.bind(account) as (data: object) => Promise<string>
  const signMessage = account.signMessage?.bind(account)
  return external({
    account: async () => account.address,
    sign: (data) => sign(viemData(data)),
    signIn: signMessage && (({ message }) => signMessage({ message })),
  })
}

function fromClient(client: SigningClient & Optional): ExternalWallet {
  const sign = client.signTypedData.bind(client) as (data: object) => Promise<string>
  const [signMessage, sendTransaction] = [client.signMessage?.bind(client), client.sendTransaction?.bind(client)]
  const isOn = async (chainId: bigint) => {
    if (client.getChainId && BigInt(await client.getChainId()) !== chainId) throw new WalletRefusal('chain')
  }
  return external({
    account: async () => client.account?.address ?? '',
    sign: async (data, { chainId }) => {
      await isOn(chainId)
      return sign({ account: client.account, ...viemData(data) })
    },
    signIn: signMessage && (({ message }) => signMessage({ account: client.account, message })),
    send:
      sendTransaction &&
      (async ({ to, value, data, chainId }) => {
        await isOn(BigInt(chainId))
        // Without a chain viem does not compare its own: that was done above.
        return sendTransaction({ account: client.account, chain: null, to, value: BigInt(value), data })
      }),
  })
}

function fromSigner(signer: SigningSigner & Optional): ExternalWallet {
  const sign = signer.signTypedData.bind(signer) as (...args: unknown[]) => Promise<string>
  const [signMessage, sendTransaction] = [signer.signMessage?.bind(signer), signer.sendTransaction?.bind(signer)]
  return external({
    account: () => signer.getAddress(),
    sign: ({ domain, types, message }) => sign(domain, withoutDomain(types), message),
    signIn: signMessage && (({ message }) => signMessage(message)),
    // ethers refuses to send on another chain than its node's.
    send:
      sendTransaction &&
      (async ({ to, value, data, chainId }) => {
        const sent = await sendTransaction({ to, value: BigInt(value), data, chainId: BigInt(chainId) })
        return (sent as { hash?: unknown } | null)?.hash
      }),
  })
}

function external(wallet: {
  account: () => Promise<string>
  sign: (data: TypedData, request: SignRequest) => Promise<string>
  signIn?: ((request: SignInRequest) => Promise<unknown>) | undefined
  send?: ((transaction: TransactionRequest) => Promise<unknown>) | undefined
}): ExternalWallet {
  const refused = (thrown: unknown) => Promise.reject(refusalOf(thrown))
  const { sign, signIn, send } = wallet
  const account = () => wallet.account().catch(refused)
  // A signature by another account is noticed afterwards, a transaction is not.
  const isFrom = async ({ from }: TransactionRequest) => {
    if ((await account()).toLowerCase() !== from.toLowerCase()) throw new WalletRefusal('account')
  }
  return {
    kind: 'external',
    account,
    sign: (request) => sign(JSON.parse(request.typedData) as TypedData, request).catch(refused),
    // Anything but a text is an answer all the same: it may have signed or sent.
    ...(signIn && { signIn: (request: SignInRequest) => signIn(request).then(String, refused) }),
    ...(send && {
      send: async (transaction: TransactionRequest) => {
        await isFrom(transaction)
        return send(transaction).then(String, refused)
      },
    }),
  }
}

// Both libraries derive the domain's type themselves.
function withoutDomain({ EIP712Domain: _, ...types }: TypedData['types']): TypedData['types'] {
  return types
}

// viem takes integers as bigint.
function viemData({ domain, types, primaryType, message }: TypedData) {
  const converted = (type: string, value: unknown): unknown => {
    if (/^u?int\d+$/.test(type)) return BigInt(String(value))
    const fields = types[type]
    return fields ? struct(fields, value as Record<string, unknown>) : value
  }
  const struct = (fields: { name: string; type: string }[], values: Record<string, unknown>) =>
    Object.fromEntries(fields.map(({ name, type }) => [name, converted(type, values[name])]))
  return { domain, types: withoutDomain(types), primaryType, message: struct(types[primaryType] ?? [], message) }
}
