// Our contracts under their published ABI, with viem as the only client: collateral in and out, a cycle paid, claimed,
// defaulted and closed, every refusal by its published error name, the relayed forms; balances to the last unit.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { encodeAbiParameters, keccak256, parseAbiParameters, parseSignature, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts, startChain } from './chain.mjs'
import { chainTime, deployContracts, read, send, skipTime } from './contracts/deploy.mjs'

const ETH = `0x${'00'.repeat(20)}`
const FOREVER = 4_000_000_000n
const GRACE = 100
const signer = index => privateKeyToAccount(accounts[index].privateKey)
const refused = (promise, name) => assert.rejects(promise, error => error.message.includes(`${name}(`) || assert.fail(`${name} expected: ${error.message}`))
let chain, core, house, usdc
let counter = 0

before(async () => {
  chain = await startChain()
  usdc = { address: chain.token.address, abi: chain.token.abi }
})
after(() => chain?.stop())
beforeEach(async () => {
  const deployed = await deployContracts(chain, { gracePeriod: GRACE })
  core = deployed.core4mica
  house = deployed.clearingHouse
})
const random = () => keccak256(stringToHex(`nonce ${counter++}`))
const collateral = async (index, asset = usdc.address) => (await read(chain, core, 'getUser', [accounts[index].address, asset])).slice(0, 3)

async function depositUsdc(index, amount) {
  await chain.mint(accounts[index].address, amount)
  await send(chain, index, usdc, 'approve', [core.address, amount])
  return send(chain, index, core, 'depositStablecoin', [usdc.address, amount])
}

test('the contracts speak every published signature', () => {
  const abi = name => JSON.parse(readFileSync(new URL(`./contracts/${name}.json`, import.meta.url), 'utf8')).abi
  const plain = ({ type, components }) => (components ? `(${components.map(plain)})${type.slice(5)}` : type)
  const signatures = entries => entries.filter(e => e.name).map(e => `${e.type} ${e.name}(${(e.inputs ?? []).map(i => plain(i) + (i.indexed ? ' indexed' : ''))})`)
  const published = {
    TestCore4Mica: [
      'function deposit()', 'function depositStablecoin(address,uint256)', 'function requestWithdrawal(uint256)',
      'function requestWithdrawal(address,uint256)', 'function cancelWithdrawal()', 'function cancelWithdrawal(address)',
      'function finalizeWithdrawal()', 'function finalizeWithdrawal(address)', 'function collateral(address,address)',
      'function getUser(address,address)', 'function withdrawalGracePeriod()', 'function guaranteeDomainSeparator()',
      'function getERC20Tokens()', 'function finalizeWithdrawalFor(address,address)',
      'function depositStablecoinWithAuthorization(address,uint256,(address,uint256,uint256,bytes32,uint8,bytes32,bytes32))',
      'function requestWithdrawalWithAuthorization((address,address,uint256,uint256,uint256,bytes32,bytes))',
      'function cancelWithdrawalWithAuthorization((address,address,uint256,uint256,bytes32,bytes))',
      'event CollateralDeposited(address indexed,address indexed,uint256)', 'event CollateralWithdrawn(address indexed,address indexed,uint256)',
      'event WithdrawalRequested(address indexed,address indexed,uint256,uint256)', 'event WithdrawalCanceled(address indexed,address indexed)',
      'error AmountZero()', 'error InsufficientAvailable()', 'error NoWithdrawalRequested()', 'error GracePeriodNotElapsed()',
      'error UnsupportedAsset(address)', 'error InvalidAsset(address)', 'error TransferFailed()', 'error DirectTransferNotAllowed()',
    ],
    TestClearingHouse: [
      'function payNetDebit(bytes32,uint256,bytes32[])', 'function claimNetCredit(bytes32,uint256,bytes32[])',
      'function markDefaulted(bytes32,address,uint256,bytes32[])', 'function finalizeCycle(bytes32)',
      'function commitCycle(bytes32,address,bytes32,uint256,uint256,uint64,uint64)', 'function getCycle(bytes32)',
      'function getParticipantState(bytes32,address)', 'function claimNetCreditFor(address,bytes32,uint256,bytes32[])',
      'function payNetDebitWithAuthorization(bytes32,uint256,bytes32[],(address,uint256,uint256,bytes32,uint8,bytes32,bytes32))',
      'function settleDefaultFromCollateral(bytes32,address,uint256,bytes)',
      'event CycleCommitted(bytes32 indexed,address indexed,bytes32,uint256,uint256,uint64,uint64)',
      'event DebtorPaid(bytes32 indexed,address indexed,uint256)', 'event CreditorClaimed(bytes32 indexed,address indexed,uint256)',
      'event DebtorDefaulted(bytes32 indexed,address indexed,uint256)', 'event DefaultCovered(bytes32 indexed,address indexed,uint256)',
      'event CycleFinalized(bytes32 indexed)', 'error AmountZero()', 'error CycleAlreadyCommitted(bytes32)', 'error CycleNotFound(bytes32)',
      'error InvalidCycleStatus(bytes32,uint8)', 'error InvalidDeadline()', 'error InvalidProof()', 'error ExactPaymentRequired(uint256,uint256)',
      'error AlreadyPaid(bytes32,address)', 'error AlreadyClaimed(bytes32,address)', 'error AlreadyDefaulted(bytes32,address)',
      'error PaymentFinalityPending(uint64)', 'error PaymentWindowElapsed(uint64)', 'error ClaimExceedsFundedLiquidity(uint256,uint256)',
      'error CycleDebtUnresolved(uint256,uint256)', 'error CycleUnderfunded(uint256,uint256)', 'error CycleClaimsUnresolved(uint256,uint256)',
      'error NativeTransferFailed(address,uint256)',
    ],
  }
  for (const [name, expected] of Object.entries(published)) {
    const ours = signatures(abi(name))
    assert.deepEqual(expected.filter(signature => !ours.includes(signature)), [], name)
  }
})

test('collateral: what goes in comes out, after the grace period, to the last unit', async () => {
  const mine = await chain.balanceOf(accounts[1].address)
  await depositUsdc(1, 1_000n)
  assert.deepEqual(await collateral(1), [1_000n, 0n, 0n])
  await refused(send(chain, 1, core, 'finalizeWithdrawal', [usdc.address]), 'NoWithdrawalRequested')
  await refused(send(chain, 1, core, 'requestWithdrawal', [usdc.address, 1_001n]), 'InsufficientAvailable')
  await refused(send(chain, 1, core, 'requestWithdrawal', [usdc.address, 0n]), 'AmountZero')
  await refused(send(chain, 1, core, 'requestWithdrawal', [house.address, 1n]), 'UnsupportedAsset')
  await send(chain, 1, core, 'requestWithdrawal', [usdc.address, 600n])
  assert.equal((await collateral(1))[2], 600n)
  await refused(send(chain, 1, core, 'finalizeWithdrawal', [usdc.address]), 'GracePeriodNotElapsed')
  await send(chain, 1, core, 'cancelWithdrawal', [usdc.address])
  assert.deepEqual(await collateral(1), [1_000n, 0n, 0n])
  await refused(send(chain, 1, core, 'cancelWithdrawal', [usdc.address]), 'NoWithdrawalRequested')
  await send(chain, 1, core, 'requestWithdrawal', [usdc.address, 1_000n])
  await skipTime(chain, GRACE)
  await send(chain, 1, core, 'finalizeWithdrawal', [usdc.address])
  assert.deepEqual(await collateral(1), [0n, 0n, 0n])
  assert.equal((await chain.balanceOf(accounts[1].address)) - mine, 1_000n)
  assert.equal(await chain.balanceOf(core.address), 0n)
})

test('ETH collateral: deposited, withdrawn, and never by a bare transfer', async () => {
  await send(chain, 1, core, 'deposit', [], 5n)
  assert.equal(await read(chain, core, 'collateral', [accounts[1].address, ETH]), 5n)
  await refused(send(chain, 1, core, 'deposit', [], 0n), 'AmountZero')
  await assert.rejects(chain.walletClient(1).sendTransaction({ to: core.address, value: 1n }), /revert/)
  await send(chain, 1, core, 'requestWithdrawal', [5n])
  await skipTime(chain, GRACE)
  await send(chain, 1, core, 'finalizeWithdrawal', [])
  assert.equal(await chain.publicClient.getBalance({ address: core.address }), 0n)
})

test('guaranteeDomainSeparator is the hash that certificates carry', async () => {
  const words = encodeAbiParameters(parseAbiParameters('string,uint256,address'), ['4MICA_CORE_GUARANTEE_V1', 84532n, core.address])
  assert.equal(await read(chain, core, 'guaranteeDomainSeparator'), keccak256(words))
})

/** A debtor and two creditors; the leaves are hashed here, not by the contract. */
async function committed(asset, [debit, creditA, creditB]) {
  const cycleId = random()
  const leafOf = (index, amount, role) =>
    keccak256(encodeAbiParameters(parseAbiParameters('uint256,address,bytes32,address,address,uint256,uint256'), [84532n, house.address, cycleId, asset, accounts[index].address, amount, role]))
  const pair = (a, b) => keccak256(`0x${[a, b].sort().map(hash => hash.slice(2)).join('')}`)
  const [d, a, b] = [leafOf(1, debit, 0n), leafOf(2, creditA, 1n), leafOf(3, creditB, 1n)]
  const root = pair(pair(d, a), b)
  const now = await chainTime(chain)
  const args = [cycleId, asset, root, debit, creditA + creditB, BigInt(now + 50), BigInt(now + 60)]
  await send(chain, 0, house, 'commitCycle', args)
  return { cycleId, args, proofs: { debtor: [a, b], creditorA: [d, b], creditorB: [pair(d, a)] } }
}

test('a cycle in USDC: refused by name until right, paid, claimed and closed', async () => {
  const [debit, creditA, creditB] = [2_500n, 1_800n, 700n]
  const { cycleId, args, proofs } = await committed(usdc.address, [debit, creditA, creditB])
  await refused(send(chain, 0, house, 'commitCycle', args), 'CycleAlreadyCommitted')
  await refused(send(chain, 1, house, 'commitCycle', [random(), ...args.slice(1)]), 'AccessManagedUnauthorized')
  await refused(send(chain, 0, house, 'commitCycle', [random(), args[1], `0x${'00'.repeat(32)}`, 0n, 0n, ...args.slice(5)]), 'AmountZero')
  await refused(send(chain, 0, house, 'commitCycle', [random(), ...args.slice(1, 5), 1n, 2n]), 'InvalidDeadline')
  await refused(read(chain, house, 'getCycle', [random()]), 'CycleNotFound')
  assert.equal((await read(chain, house, 'getCycle', [cycleId])).status, 1)

  await chain.mint(accounts[1].address, debit)
  const before = await Promise.all([1, 2, 3].map(i => chain.balanceOf(accounts[i].address)))
  await assert.rejects(send(chain, 1, house, 'payNetDebit', [cycleId, debit, proofs.debtor]), /allowance/)
  await send(chain, 1, usdc, 'approve', [house.address, debit])
  await refused(send(chain, 1, house, 'payNetDebit', [cycleId, debit - 1n, proofs.debtor]), 'InvalidProof')
  await refused(send(chain, 2, house, 'payNetDebit', [cycleId, debit, proofs.debtor]), 'InvalidProof')
  await refused(send(chain, 1, house, 'payNetDebit', [cycleId, debit, proofs.debtor], 1n), 'ExactPaymentRequired')
  await refused(send(chain, 2, house, 'claimNetCredit', [cycleId, creditA, proofs.creditorA]), 'ClaimExceedsFundedLiquidity')
  await assert.rejects(send(chain, 9, house, 'finalizeCycle', [cycleId]), /CycleDebtUnresolved\([^]*\(0, 2500\)/)
  await send(chain, 1, house, 'payNetDebit', [cycleId, debit, proofs.debtor])
  await refused(send(chain, 1, house, 'payNetDebit', [cycleId, debit, proofs.debtor]), 'AlreadyPaid')
  await refused(send(chain, 1, house, 'claimNetCredit', [cycleId, debit, proofs.debtor]), 'InvalidProof')
  await send(chain, 2, house, 'claimNetCredit', [cycleId, creditA, proofs.creditorA])
  await refused(send(chain, 2, house, 'claimNetCredit', [cycleId, creditA, proofs.creditorA]), 'AlreadyClaimed')
  await assert.rejects(send(chain, 9, house, 'finalizeCycle', [cycleId]), /CycleClaimsUnresolved\([^]*\(1800, 2500\)/)
  await send(chain, 9, house, 'claimNetCreditFor', [accounts[3].address, cycleId, creditB, proofs.creditorB])
  await send(chain, 9, house, 'finalizeCycle', [cycleId])
  await refused(send(chain, 9, house, 'finalizeCycle', [cycleId]), 'InvalidCycleStatus')
  const after = await Promise.all([1, 2, 3].map(i => chain.balanceOf(accounts[i].address)))
  assert.deepEqual(after.map((value, i) => value - before[i]), [-debit, creditA, creditB])
  assert.equal(await chain.balanceOf(house.address), 0n)
  assert.deepEqual(await read(chain, house, 'getParticipantState', [cycleId, accounts[1].address]), { netDebit: debit, netCredit: 0n, paid: true, claimed: false, defaulted: false })
})

test('a default in ETH: not early, once, covered by the operator, then the credits are whole', async () => {
  const { cycleId, proofs } = await committed(ETH, [100n, 60n, 40n])
  const pay = value => send(chain, 1, house, 'payNetDebit', [cycleId, 100n, proofs.debtor], value)
  const mark = () => send(chain, 9, house, 'markDefaulted', [cycleId, accounts[1].address, 100n, proofs.debtor])
  await refused(pay(99n), 'ExactPaymentRequired')
  await refused(mark(), 'PaymentFinalityPending')
  await skipTime(chain, 55)
  await refused(pay(100n), 'PaymentWindowElapsed')
  await skipTime(chain, 10)
  await mark()
  await refused(mark(), 'AlreadyDefaulted')
  assert.equal((await read(chain, house, 'getCycle', [cycleId])).status, 3)
  await assert.rejects(send(chain, 9, house, 'finalizeCycle', [cycleId]), /CycleUnderfunded\([^]*\(0, 100\)/)
  const cover = (from, value) => send(chain, from, house, 'settleDefaultFromCollateral', [cycleId, accounts[1].address, 100n, '0x'], value)
  await refused(cover(1, 100n), 'AccessManagedUnauthorized')
  await refused(cover(0, 99n), 'ExactPaymentRequired')
  await cover(0, 100n)
  await refused(cover(0, 100n), 'InvalidCycleStatus')
  await send(chain, 9, house, 'claimNetCreditFor', [accounts[2].address, cycleId, 60n, proofs.creditorA])
  await send(chain, 9, house, 'claimNetCreditFor', [accounts[3].address, cycleId, 40n, proofs.creditorB])
  await send(chain, 9, house, 'finalizeCycle', [cycleId])
  assert.equal(await chain.publicClient.getBalance({ address: house.address }), 0n)
})

const receiveTypes = { ReceiveWithAuthorization: parseAbiParameters('address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce') }

async function receiveAuthorization(index, to, value, nonce = random()) {
  const from = accounts[index].address
  const domain = { name: 'USDC', version: '2', chainId: 84532, verifyingContract: usdc.address }
  const message = { from, to, value, validAfter: 0n, validBefore: FOREVER, nonce }
  const { r, s, v } = parseSignature(await signer(index).signTypedData({ domain, types: receiveTypes, primaryType: 'ReceiveWithAuthorization', message }))
  return { from, validAfter: 0n, validBefore: FOREVER, nonce, v: Number(v), r, s }
}

test('a relayed deposit credits the signer, once, and only with the amount signed', async () => {
  await chain.mint(accounts[4].address, 900n)
  const auth = await receiveAuthorization(4, core.address, 900n)
  await assert.rejects(send(chain, 9, core, 'depositStablecoinWithAuthorization', [usdc.address, 899n, auth]), /invalid signature/)
  await send(chain, 9, core, 'depositStablecoinWithAuthorization', [usdc.address, 900n, auth])
  await assert.rejects(send(chain, 9, core, 'depositStablecoinWithAuthorization', [usdc.address, 900n, auth]), /used/)
  assert.equal((await collateral(4))[0], 900n)
  assert.equal((await collateral(9))[0], 0n)
})

test('a relayed withdrawal obeys the signature of the user, each nonce once; anybody may end it', async () => {
  await depositUsdc(5, 50n)
  const domain = { name: 'Core4Mica', version: '1', chainId: 84532, verifyingContract: core.address }
  const common = { user: accounts[5].address, asset: usdc.address, validAfter: 0n, validBefore: FOREVER }
  const requestType = parseAbiParameters('address user,address asset,uint256 amount,uint256 validAfter,uint256 validBefore,bytes32 nonce')
  const cancelType = requestType.filter(({ name }) => name !== 'amount')
  const signed = async (primaryType, fields, message) => ({ ...message, signature: await signer(5).signTypedData({ domain, types: { [primaryType]: fields }, primaryType, message }) })
  const request = await signed('RequestWithdrawal', requestType, { ...common, amount: 50n, nonce: random() })
  const ask = auth => send(chain, 9, core, 'requestWithdrawalWithAuthorization', [auth])
  await refused(ask({ ...request, amount: 49n }), 'InvalidSignature')
  await refused(ask({ ...request, validBefore: 1n }), 'AuthorizationExpired')
  await refused(ask({ ...request, validAfter: FOREVER }), 'AuthorizationNotYetValid')
  await ask(request)
  assert.equal((await collateral(5))[2], 50n)
  await refused(ask(request), 'AuthorizationAlreadyUsed')
  const cancel = await signed('CancelWithdrawal', cancelType, { ...common, nonce: random() })
  await send(chain, 9, core, 'cancelWithdrawalWithAuthorization', [cancel])
  assert.equal((await collateral(5))[2], 0n)
  await ask(await signed('RequestWithdrawal', requestType, { ...common, amount: 50n, nonce: random() }))
  await skipTime(chain, GRACE)
  const before = await chain.balanceOf(accounts[5].address)
  await send(chain, 9, core, 'finalizeWithdrawalFor', [accounts[5].address, usdc.address])
  assert.equal((await chain.balanceOf(accounts[5].address)) - before, 50n)
})

test('a relayed debit is paid by the signer, and its nonce is the cycle', async () => {
  const { cycleId, proofs } = await committed(usdc.address, [30n, 20n, 10n])
  await chain.mint(accounts[1].address, 30n)
  const pay = auth => send(chain, 9, house, 'payNetDebitWithAuthorization', [cycleId, 30n, proofs.debtor, auth])
  await refused(pay(await receiveAuthorization(1, house.address, 30n)), 'InvalidAuthorizationNonce')
  const before = await chain.balanceOf(accounts[1].address)
  await pay(await receiveAuthorization(1, house.address, 30n, cycleId))
  assert.equal(before - (await chain.balanceOf(accounts[1].address)), 30n)
  assert.equal((await read(chain, house, 'getParticipantState', [cycleId, accounts[1].address])).paid, true)
})
