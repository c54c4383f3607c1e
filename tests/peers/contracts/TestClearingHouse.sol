// SPDX-License-Identifier: Apache-2.0 OR MIT
// One netted cycle at a time, for tests, under the published ABI of ClearingHouse. The operator commits a Merkle root
// and two deadlines; debtors pay in, creditors take out of what was paid, whoever did not pay can be marked.
// Functions, events and errors have the names and parameters of generation 2; participantLeaf and
// InvalidAuthorizationNonce are ours, the relayed forms are of generation 3. As recorded, a default is covered out of the
// operator's pocket.
pragma solidity 0.8.37;

interface IPayable {
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function receiveWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        uint8 v, bytes32 r, bytes32 s
    ) external;
}

contract TestClearingHouse {
    enum CycleStatus {
        Committed,
        PaymentWindowOpen,
        Finalized,
        Defaulted
    }

    struct Cycle {
        address asset;
        bytes32 merkleRoot;
        uint256 totalNetDebit;
        uint256 totalNetCredit;
        uint256 totalPaidIn;
        uint256 totalClaimedOut;
        uint256 totalDefaultCovered;
        uint256 totalResolvedDebit;
        uint64 paymentSubmissionDeadline;
        uint64 paymentFinalityDeadline;
        CycleStatus status;
        bool exists;
    }

    struct ParticipantState {
        uint256 netDebit;
        uint256 netCredit;
        bool paid;
        bool claimed;
        bool defaulted;
    }

    struct ReceiveAuthorization {
        address from;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    error AccessManagedUnauthorized(address caller);
    error AmountZero();
    error CycleAlreadyCommitted(bytes32 cycleId);
    error CycleNotFound(bytes32 cycleId);
    error InvalidCycleStatus(bytes32 cycleId, uint8 status);
    error InvalidDeadline();
    error InvalidProof();
    error InvalidAuthorizationNonce(bytes32 expected, bytes32 actual);
    error ExactPaymentRequired(uint256 expected, uint256 actual);
    error AlreadyPaid(bytes32 cycleId, address participant);
    error AlreadyClaimed(bytes32 cycleId, address participant);
    error AlreadyDefaulted(bytes32 cycleId, address participant);
    error PaymentFinalityPending(uint64 deadline);
    error PaymentWindowElapsed(uint64 deadline);
    error ClaimExceedsFundedLiquidity(uint256 available, uint256 requested);
    error CycleDebtUnresolved(uint256 resolved, uint256 required);
    error CycleUnderfunded(uint256 available, uint256 required);
    error CycleClaimsUnresolved(uint256 claimed, uint256 required);
    error NativeTransferFailed(address to, uint256 amount);
    error TransferFailed();

    event CycleCommitted(
        bytes32 indexed cycleId,
        address indexed asset,
        bytes32 merkleRoot,
        uint256 totalNetDebit,
        uint256 totalNetCredit,
        uint64 paymentSubmissionDeadline,
        uint64 paymentFinalityDeadline
    );
    event DebtorPaid(bytes32 indexed cycleId, address indexed debtor, uint256 amount);
    event CreditorClaimed(bytes32 indexed cycleId, address indexed creditor, uint256 amount);
    event DebtorDefaulted(bytes32 indexed cycleId, address indexed debtor, uint256 amount);
    event DefaultCovered(bytes32 indexed cycleId, address indexed debtor, uint256 amount);
    event CycleFinalized(bytes32 indexed cycleId);

    uint256 private constant DEBTOR = 0;
    uint256 private constant CREDITOR = 1;
    address private constant ETH = address(0);

    address public immutable operator;
    mapping(bytes32 => Cycle) private cycles;
    mapping(bytes32 => mapping(address => ParticipantState)) private participants;
    mapping(bytes32 => mapping(address => bool)) private covered;

    constructor(address operator_) {
        operator = operator_;
    }

    modifier onlyOperator() {
        if (msg.sender != operator) revert AccessManagedUnauthorized(msg.sender);
        _;
    }

    function commitCycle(
        bytes32 cycleId,
        address asset,
        bytes32 merkleRoot,
        uint256 totalNetDebit,
        uint256 totalNetCredit,
        uint64 paymentSubmissionDeadline,
        uint64 paymentFinalityDeadline
    ) external onlyOperator {
        Cycle storage cycle = cycles[cycleId];
        if (cycle.exists) revert CycleAlreadyCommitted(cycleId);
        if (merkleRoot == 0 || totalNetDebit == 0 || totalNetCredit == 0) revert AmountZero();
        if (paymentSubmissionDeadline <= block.timestamp || paymentFinalityDeadline < paymentSubmissionDeadline) {
            revert InvalidDeadline();
        }
        cycle.asset = asset;
        cycle.merkleRoot = merkleRoot;
        cycle.totalNetDebit = totalNetDebit;
        cycle.totalNetCredit = totalNetCredit;
        cycle.paymentSubmissionDeadline = paymentSubmissionDeadline;
        cycle.paymentFinalityDeadline = paymentFinalityDeadline;
        cycle.status = CycleStatus.PaymentWindowOpen;
        cycle.exists = true;
        emit CycleCommitted(
            cycleId, asset, merkleRoot, totalNetDebit, totalNetCredit, paymentSubmissionDeadline, paymentFinalityDeadline
        );
    }

    function payNetDebit(bytes32 cycleId, uint256 netDebit, bytes32[] calldata proof) external payable {
        address asset = _recordPayment(cycleId, msg.sender, netDebit, proof);
        _collect(asset, netDebit);
    }

    function payNetDebitWithAuthorization(
        bytes32 cycleId, uint256 netDebit, bytes32[] calldata proof, ReceiveAuthorization calldata auth
    ) external {
        if (auth.nonce != cycleId) revert InvalidAuthorizationNonce(cycleId, auth.nonce);
        address asset = _recordPayment(cycleId, auth.from, netDebit, proof);
        if (asset == ETH) revert ExactPaymentRequired(netDebit, 0);
        IPayable(asset).receiveWithAuthorization(
            auth.from, address(this), netDebit, auth.validAfter, auth.validBefore, auth.nonce, auth.v, auth.r, auth.s
        );
    }

    function claimNetCredit(bytes32 cycleId, uint256 netCredit, bytes32[] calldata proof) external {
        _claim(msg.sender, cycleId, netCredit, proof);
    }

    function claimNetCreditFor(address creditor, bytes32 cycleId, uint256 netCredit, bytes32[] calldata proof)
        external
    {
        _claim(creditor, cycleId, netCredit, proof);
    }

    function markDefaulted(bytes32 cycleId, address debtor, uint256 netDebit, bytes32[] calldata proof) external {
        Cycle storage cycle = _open(cycleId);
        if (block.timestamp <= cycle.paymentFinalityDeadline) revert PaymentFinalityPending(cycle.paymentFinalityDeadline);
        _requireMember(cycleId, cycle, debtor, netDebit, DEBTOR, proof);
        ParticipantState storage state = participants[cycleId][debtor];
        if (state.paid) revert AlreadyPaid(cycleId, debtor);
        if (state.defaulted) revert AlreadyDefaulted(cycleId, debtor);
        state.netDebit = netDebit;
        state.defaulted = true;
        cycle.totalResolvedDebit += netDebit;
        cycle.status = CycleStatus.Defaulted;
        emit DebtorDefaulted(cycleId, debtor, netDebit);
    }

    function settleDefaultFromCollateral(bytes32 cycleId, address debtor, uint256 amount, bytes calldata)
        external
        payable
        onlyOperator
    {
        Cycle storage cycle = _open(cycleId);
        ParticipantState storage state = participants[cycleId][debtor];
        if (!state.defaulted || covered[cycleId][debtor]) revert InvalidCycleStatus(cycleId, uint8(cycle.status));
        if (amount != state.netDebit) revert ExactPaymentRequired(state.netDebit, amount);
        covered[cycleId][debtor] = true;
        cycle.totalDefaultCovered += amount;
        emit DefaultCovered(cycleId, debtor, amount);
        _collect(cycle.asset, amount);
    }

    function finalizeCycle(bytes32 cycleId) external {
        Cycle storage cycle = _open(cycleId);
        if (cycle.totalResolvedDebit != cycle.totalNetDebit) {
            revert CycleDebtUnresolved(cycle.totalResolvedDebit, cycle.totalNetDebit);
        }
        uint256 funded = cycle.totalPaidIn + cycle.totalDefaultCovered;
        if (funded < cycle.totalNetCredit) revert CycleUnderfunded(funded, cycle.totalNetCredit);
        if (cycle.totalClaimedOut != cycle.totalNetCredit) {
            revert CycleClaimsUnresolved(cycle.totalClaimedOut, cycle.totalNetCredit);
        }
        cycle.status = CycleStatus.Finalized;
        emit CycleFinalized(cycleId);
    }

    function getCycle(bytes32 cycleId) external view returns (Cycle memory) {
        if (!cycles[cycleId].exists) revert CycleNotFound(cycleId);
        return cycles[cycleId];
    }

    function getParticipantState(bytes32 cycleId, address participant) external view returns (ParticipantState memory) {
        return participants[cycleId][participant];
    }

    function participantLeaf(bytes32 cycleId, address asset, address participant, uint256 amount, uint256 role)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), cycleId, asset, participant, amount, role));
    }

    function _open(bytes32 cycleId) private view returns (Cycle storage cycle) {
        cycle = cycles[cycleId];
        if (!cycle.exists) revert CycleNotFound(cycleId);
        if (cycle.status == CycleStatus.Finalized) revert InvalidCycleStatus(cycleId, uint8(cycle.status));
    }

    function _recordPayment(bytes32 cycleId, address debtor, uint256 netDebit, bytes32[] calldata proof)
        private
        returns (address)
    {
        Cycle storage cycle = _open(cycleId);
        if (participants[cycleId][debtor].paid) revert AlreadyPaid(cycleId, debtor);
        if (block.timestamp > cycle.paymentSubmissionDeadline) {
            revert PaymentWindowElapsed(cycle.paymentSubmissionDeadline);
        }
        _requireMember(cycleId, cycle, debtor, netDebit, DEBTOR, proof);
        participants[cycleId][debtor].netDebit = netDebit;
        participants[cycleId][debtor].paid = true;
        cycle.totalPaidIn += netDebit;
        cycle.totalResolvedDebit += netDebit;
        emit DebtorPaid(cycleId, debtor, netDebit);
        return cycle.asset;
    }

    function _claim(address creditor, bytes32 cycleId, uint256 netCredit, bytes32[] calldata proof) private {
        Cycle storage cycle = _open(cycleId);
        ParticipantState storage state = participants[cycleId][creditor];
        if (state.claimed) revert AlreadyClaimed(cycleId, creditor);
        _requireMember(cycleId, cycle, creditor, netCredit, CREDITOR, proof);
        uint256 available = cycle.totalPaidIn + cycle.totalDefaultCovered - cycle.totalClaimedOut;
        if (netCredit > available) revert ClaimExceedsFundedLiquidity(available, netCredit);
        state.netCredit = netCredit;
        state.claimed = true;
        cycle.totalClaimedOut += netCredit;
        emit CreditorClaimed(cycleId, creditor, netCredit);
        if (cycle.asset == ETH) {
            (bool sent,) = creditor.call{value: netCredit}("");
            if (!sent) revert NativeTransferFailed(creditor, netCredit);
        } else if (!IPayable(cycle.asset).transfer(creditor, netCredit)) {
            revert TransferFailed();
        }
    }

    function _collect(address asset, uint256 amount) private {
        uint256 due = asset == ETH ? amount : 0;
        if (msg.value != due) revert ExactPaymentRequired(due, msg.value);
        if (asset != ETH && !IPayable(asset).transferFrom(msg.sender, address(this), amount)) revert TransferFailed();
    }

    function _requireMember(
        bytes32 cycleId, Cycle storage cycle, address participant, uint256 amount, uint256 role, bytes32[] calldata proof
    ) private view {
        bytes32 node = participantLeaf(cycleId, cycle.asset, participant, amount, role);
        for (uint256 i = 0; i < proof.length; i++) {
            node = node < proof[i]
                ? keccak256(abi.encodePacked(node, proof[i]))
                : keccak256(abi.encodePacked(proof[i], node));
        }
        if (node != cycle.merkleRoot) revert InvalidProof();
    }
}
