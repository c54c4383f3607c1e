// SPDX-License-Identifier: Apache-2.0 OR MIT
// Collateral for tests, under the published ABI of Core4Mica: deposit, request, wait, withdraw; and the gasless forms.
// Left out: guarantees on chain, yield, permit2, roles. What the operator has locked is unknown here, as in the real
// one: the operator watches the events, and the grace period gives it the time to net what is open.
pragma solidity 0.8.37;

interface IReceivable {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function receiveWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        uint8 v, bytes32 r, bytes32 s
    ) external;
}

contract TestCore4Mica {
    struct ReceiveAuthorization {
        address from;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    struct WithdrawalRequestAuthorization {
        address user;
        address asset;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bytes signature;
    }

    struct WithdrawalCancelAuthorization {
        address user;
        address asset;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bytes signature;
    }

    struct WithdrawalRequest {
        uint256 timestamp;
        uint256 amount;
    }

    error AmountZero();
    error InsufficientAvailable();
    error TransferFailed();
    error GracePeriodNotElapsed();
    error NoWithdrawalRequested();
    error DirectTransferNotAllowed();
    error InvalidSignature();
    error UnsupportedAsset(address asset);
    error InvalidAsset(address asset);
    error AuthorizationExpired(uint256 validBefore);
    error AuthorizationNotYetValid(uint256 validAfter);
    error AuthorizationAlreadyUsed(address user, bytes32 nonce);

    event CollateralDeposited(address indexed user, address indexed asset, uint256 amount);
    event CollateralWithdrawn(address indexed user, address indexed asset, uint256 amount);
    event WithdrawalRequested(address indexed user, address indexed asset, uint256 when, uint256 amount);
    event WithdrawalCanceled(address indexed user, address indexed asset);
    event AuthorizationUsed(address indexed user, bytes32 indexed nonce);

    bytes32 public constant REQUEST_WITHDRAWAL_TYPEHASH = keccak256(
        "RequestWithdrawal(address user,address asset,uint256 amount,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 public constant CANCEL_WITHDRAWAL_TYPEHASH = keccak256(
        "CancelWithdrawal(address user,address asset,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    address private constant ETH = address(0);

    uint256 public immutable withdrawalGracePeriod;
    address[] private tokens;
    mapping(address => bool) private supported;
    mapping(address => mapping(address => uint256)) private balances;
    mapping(address => mapping(address => WithdrawalRequest)) private requests;
    mapping(address => mapping(bytes32 => bool)) public authorizationState;

    constructor(address[] memory stablecoins, uint256 gracePeriod) {
        withdrawalGracePeriod = gracePeriod;
        tokens = stablecoins;
        for (uint256 i = 0; i < stablecoins.length; i++) {
            if (stablecoins[i] == ETH) revert InvalidAsset(ETH);
            supported[stablecoins[i]] = true;
        }
    }

    receive() external payable {
        revert DirectTransferNotAllowed();
    }

    function deposit() external payable {
        _credit(msg.sender, ETH, msg.value);
    }

    function depositStablecoin(address asset, uint256 amount) external {
        _requireStablecoin(asset);
        _credit(msg.sender, asset, amount);
        if (!IReceivable(asset).transferFrom(msg.sender, address(this), amount)) revert TransferFailed();
    }

    function depositStablecoinWithAuthorization(address asset, uint256 amount, ReceiveAuthorization calldata auth)
        external
    {
        _requireStablecoin(asset);
        _credit(auth.from, asset, amount);
        IReceivable(asset).receiveWithAuthorization(
            auth.from, address(this), amount, auth.validAfter, auth.validBefore, auth.nonce, auth.v, auth.r, auth.s
        );
    }

    function requestWithdrawal(uint256 amount) external {
        _request(msg.sender, ETH, amount);
    }

    function requestWithdrawal(address asset, uint256 amount) external {
        _requireStablecoin(asset);
        _request(msg.sender, asset, amount);
    }

    function cancelWithdrawal() external {
        _cancel(msg.sender, ETH);
    }

    function cancelWithdrawal(address asset) external {
        _requireStablecoin(asset);
        _cancel(msg.sender, asset);
    }

    function finalizeWithdrawal() external {
        _finalize(msg.sender, ETH);
    }

    function finalizeWithdrawal(address asset) external {
        _requireStablecoin(asset);
        _finalize(msg.sender, asset);
    }

    function finalizeWithdrawalFor(address user, address asset) external {
        if (asset != ETH) _requireStablecoin(asset);
        _finalize(user, asset);
    }

    function requestWithdrawalWithAuthorization(WithdrawalRequestAuthorization calldata auth) external {
        if (auth.asset != ETH) _requireStablecoin(auth.asset);
        bytes32 fields = keccak256(
            abi.encode(
                REQUEST_WITHDRAWAL_TYPEHASH,
                auth.user, auth.asset, auth.amount, auth.validAfter, auth.validBefore, auth.nonce
            )
        );
        _spend(auth.user, auth.validAfter, auth.validBefore, auth.nonce, fields, auth.signature);
        _request(auth.user, auth.asset, auth.amount);
    }

    function cancelWithdrawalWithAuthorization(WithdrawalCancelAuthorization calldata auth) external {
        bytes32 fields = keccak256(
            abi.encode(
                CANCEL_WITHDRAWAL_TYPEHASH, auth.user, auth.asset, auth.validAfter, auth.validBefore, auth.nonce
            )
        );
        _spend(auth.user, auth.validAfter, auth.validBefore, auth.nonce, fields, auth.signature);
        _cancel(auth.user, auth.asset);
    }

    function collateral(address user) external view returns (uint256) {
        return balances[user][ETH];
    }

    function collateral(address user, address asset) external view returns (uint256) {
        return balances[user][asset];
    }

    function getUser(address user)
        external
        view
        returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount)
    {
        return _user(user, ETH);
    }

    function getUser(address user, address asset)
        external
        view
        returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount)
    {
        return _user(user, asset);
    }

    function getERC20Tokens() external view returns (address[] memory) {
        return tokens;
    }

    function guaranteeDomainSeparator() external view returns (bytes32) {
        return keccak256(abi.encode("4MICA_CORE_GUARANTEE_V1", block.chainid, address(this)));
    }

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Core4Mica"), keccak256("1"), block.chainid, address(this))
        );
    }

    function _requireStablecoin(address asset) private view {
        if (!supported[asset]) revert UnsupportedAsset(asset);
    }

    function _user(address user, address asset) private view returns (uint256, uint256, uint256) {
        WithdrawalRequest memory request = requests[user][asset];
        return (balances[user][asset], request.timestamp, request.amount);
    }

    function _credit(address user, address asset, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        balances[user][asset] += amount;
        emit CollateralDeposited(user, asset, amount);
    }

    function _request(address user, address asset, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        if (balances[user][asset] < amount) revert InsufficientAvailable();
        requests[user][asset] = WithdrawalRequest(block.timestamp, amount);
        emit WithdrawalRequested(user, asset, block.timestamp, amount);
    }

    function _cancel(address user, address asset) private {
        if (requests[user][asset].timestamp == 0) revert NoWithdrawalRequested();
        delete requests[user][asset];
        emit WithdrawalCanceled(user, asset);
    }

    function _finalize(address user, address asset) private {
        WithdrawalRequest memory request = requests[user][asset];
        if (request.timestamp == 0) revert NoWithdrawalRequested();
        if (block.timestamp < request.timestamp + withdrawalGracePeriod) revert GracePeriodNotElapsed();
        delete requests[user][asset];
        balances[user][asset] -= request.amount;
        emit CollateralWithdrawn(user, asset, request.amount);
        bool sent;
        if (asset == ETH) (sent,) = user.call{value: request.amount}("");
        else sent = IReceivable(asset).transfer(user, request.amount);
        if (!sent) revert TransferFailed();
    }

    function _spend(
        address user, uint256 validAfter, uint256 validBefore, bytes32 nonce, bytes32 fields, bytes calldata signature
    ) private {
        if (block.timestamp <= validAfter) revert AuthorizationNotYetValid(validAfter);
        if (block.timestamp >= validBefore) revert AuthorizationExpired(validBefore);
        if (authorizationState[user][nonce]) revert AuthorizationAlreadyUsed(user, nonce);
        if (signature.length != 65) revert InvalidSignature();
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > HALF_ORDER) revert InvalidSignature();
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR(), fields));
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), s);
        if (signer == address(0) || signer != user) revert InvalidSignature();
        authorizationState[user][nonce] = true;
        emit AuthorizationUsed(user, nonce);
    }
}
