// SPDX-License-Identifier: GPL-3.0-or-later
// Made by npm run contracts:build, from the parameters of src/base/hash.
pragma solidity ^0.8.28;

/// @title Poseidon over BN254's scalar field, as circomlib has it, of two, three and four inputs
/// @notice Inputs must be below r: they are not checked here.
/// @dev A loop over the partial rounds, each one sum of products; see scripts/poseidon-contract.ts. Compile with viaIR.
library Poseidon {
    /// @dev The order r, and the constants of `hash2`.
    bytes private constant TABLE_2 =
        hex"30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"
        hex"0ee9a592ba9a9518d05986d656f40c2114c4993c11bb29938d21d47304cd8e6e"
        hex"00f1445235f2148c5986587169fc1bcd887b08d4d00868df5696fff40956e864"
        hex"08dff3487e8ac99e1f29a058d0fa80b930c728730b7ab36ce879f3890ecf73f5"
        hex"2f27be690fdaee46c3ce28f7532b13c856c35342c84bda6e20966310fadc01d0"
        hex"2b2ae1acf68b7b8d2416bebf3d4f6234b763fe04b8043ee48b8327bebca16cf2"
        hex"0319d062072bef7ecca5eac06f97d4d55952c175ab6b03eae64b44c7dbf11cfa"
        hex"28813dcaebaeaa828a376df87af4a63bc8b7bf27ad49c6298ef7b387bf28526d"
        hex"2727673b2ccbc903f181bf38e1c1d40d2033865200c352bc150928adddf9cb78"
        hex"234ec45ca27727c2e74abd2b2a1494cd6efbd43e340587d6b8fb9e31e65cc632"
        hex"15b52534031ae18f7f862cb2cf7cf760ab10a8150a337b1ccd99ff6e8797d428"
        hex"0dc8fad6d9e4b35f5ed9a3d186b79ce38e0e8a8d1b58b132d701d4eecf68d1f6"
        hex"1bcd95ffc211fbca600f705fad3fb567ea4eb378f62e1fec97805518a47e4d9c"
        hex"10520b0ab721cadfe9eff81b016fc34dc76da36c2578937817cb978d069de559"
        hex"0c2a25667161f95ea5e54c7ba7a37591d384eb8f90ee58b7f151a4ebd14ece2a"
        hex"0eced134bf4698d06bae11a669378681fd7f414cf775a57fbf910526b2e462b5"
        hex"1224bfcfc1a37262bd58a1eb7858e15f2e55506bd14d5e1f7908fe1800424c07"
        hex"123d7ec8f1f6059903ed47f87887d333ec05bd944b41e24d190f5ba98b292d3d"
        hex"0d33bcdd29b1d133d66750eb6f90615fcf123f0a7c46472503004f67ea613edb"
        hex"241bd8b0ec554e03da461f1551de2ee12e80b1e392928ff446b0451cba7e7d41"
        hex"2513f70af76929da276e1e4473824beadd6f0f35e06856bb7a1c8b223fd06293"
        hex"170ce915ebc989f1f3317aa898b05ed16ae5ac1e8d070af2d9b690fa3a7d3513"
        hex"11c68a4aa2884bdd12dfaa00c0bef679c64a0cdb3c2fd54f81e7b31681f2f9cd"
        hex"0f2543c310c8b4016f49961995cd3de20fdccb2ccae929c91a81db57d8fc20bc"
        hex"13f5fe95d66dab0bd56c359385ec4d36aa30abe8cc6d050a8bfd8ab2ed851a0c"
        hex"2d552014b0adb60a7b6b5f0251a9d1195c9a7abd9495bc7ad07aad67fd0c5344"
        hex"1c01908a7ddbac3aeb22605310c68d647870441f3951653c0ee4067d9f4ad0d7"
        hex"039af7a8e7694a01042e98c08419781d426bff3ae21d9b3f7a57c5d1637f5448"
        hex"04ff6cb06c08a594ae5c56f6582029d8e013829040b4cec1c990362ffefce0ab"
        hex"153acdc1b0028313ff3b614cc6162755462b86f80afcce45725dd261475c1075"
        hex"14e0629be3b93ac5995065bdbcfcdabe127ac0851cd5a49e89cb06ce42bd1cc2"
        hex"0b6abe69af6a7455581c9027596731038e9957032e4e032eb51c0d919332ba2f"
        hex"10c735b1137216e0711ee4464980afe1e3767b40b6f672ec5c94c8e9e80356cc"
        hex"03b770530e2a79762ae2e82f81b4a6829a2b6726716549940fa2be249dab900a"
        hex"1ef0cc70d69586ca8372e9e74db85de2763dd7f7b393992a7a0573718e88d5f9"
        hex"06001090fa8181037d60c23caa77d8221b8c1dd9c50f2debf7bdfaca3ecf53ae"
        hex"1bb15be80469befcf880693120a3d733af4fde5827dafa37b69f685edc75e418"
        hex"04bafc7d08f423e1fb4f826ac2934c2ffb40ac47ce27268fdddd33a7df4a25b6"
        hex"1a24970fdbd668659f184706a8a7d16d2b8acd9d5cfbe63a487b2a6f01b6afda"
        hex"1408005aaead9e8fe5afb5ae95fc997a4aed8ca3011463fde91ddf25bbeb391b"
        hex"037622e932909a7e4efbd1f3d00cbae7d3276bc10bf58a1c6480debddb31ff0a"
        hex"2699870b4bb507a3d8eee5b4ae8d84e2379aa7ae382cba411f2176a11356124c"
        hex"2cab44303c70503dc7c5cd3d071e9e0f5c58a46b8678325db97f277189b67562"
        hex"1f4771ffad62977f6533c21340ce89900b4475795feae28bc7fe7845a7f8d294"
        hex"2a2ca18883f7d54cb9166c25843c4abfcc4b97fc1a5e7f9317d30f1e669681ca"
        hex"0a7843eeb63c06e335c43030ce5e77c7c78ec730a1fbe8eb6b8eaba41214168f"
        hex"0d58341456bef9469ef25aeb6908a46bd7b11e4258101c5ea13c152a3b069e6c"
        hex"12ca4c73c7ffd2097b24e31cae8fe2946fc78f5b994580fe6391ae594fe67030"
        hex"0aa61d518ffc8f54ade60ad910cd38ce86d619490578ef8bd69dfcc66e5f3297"
        hex"064608f4deafe8ad75e05f6f4643bd8fc5f551b0771a3cac3636cf122f6a5c5f"
        hex"05ee09fa265d264c6cd676a6f43e7bccc84ea403b02f101d7ad3a3eae10b241f"
        hex"216482096cda8af53817c89605fc53749cb62eafb8f1a42df1127e71b34ce419"
        hex"084c3891eba0614a093edc043904c4a4c5c25b6638ad342fce1ea46ca2a786d6"
        hex"19d52f77cf59468e83b54d55cf925158507041eeb1f2a84040c13100f4009401"
        hex"13ba12269c7920d6fc6b5205b28b6d505fdce8369bd569d9a85401ba3dc1fdb7"
        hex"27d3d9cc8ca73890f8cab36d762104a6caaf5814dc7cc1a1ccf1e2fa351c85a1"
        hex"2b2ce9d6ec9f15e1c1deea06ee822294742c131332ea10f642d0618302ed10c8"
        hex"1bb441f3d853f0727413d6453573d81bb4b1f1468b299438acce58ee263f69c8"
        hex"1dbf5c76861efb59ae79e911c9ede0f9df5bba4ef879c06d6590e3f7d16e91cf"
        hex"193a787ccb98fcb88a0ff0fa3ce44a62bbbe864bb0d42eb1c01c929e707804ee"
        hex"2bff88fe4de77f626aa949f631016e4c7fa95cbe5eb616b862a37bd8a8bb2cce"
        hex"18cbdadd22ed45c306320373d147ebe4c3b6c133670012a88a4273e08debab67"
        hex"297ced1aca234b7fab90ce1e36c71013695effe6cfc69ac6303d1beeab15528c"
        hex"13f2cbced2af4811a6165bd414055aab4d2af6799ae9e6093b037b7a7da538bf"
        hex"2501798800ea2a9af9b3a9ea306cdbf78dd974d597b93fa65da1e57834d1339d"
        hex"140c2cc7e022bd49a223c377d44afce92162f01b26a356e8856c592c39880402"
        hex"1e6b92d0355e67e6d042dda7c3b05531576b80b1667fb63b1d577e7c79939a9d"
        hex"0514f8547598c5589e3c5a6ad3d3b6ea850b179bf3f3554fb089636dfe9dc7c7"
        hex"0dbb3de359fff86f6c9a4f8d39d5891c3de52ef333126f084dc4448d33418cae"
        hex"13fb49135fb499accae49312ffa81d131e062ef36e2509be1fb3feb0336b9733"
        hex"1643fe26b76341bd1f04c0d302674f39ba28f78e6a6fa4bc94f3e5e1baa6f16a"
        hex"05abacf71f3acc55d666c76364768152498c867761a79e5c0609105bd8290014"
        hex"10fcff0bfaeff5fc3cfe6e881962c53791f5b2957d96a9e04dc83441fe35e98f"
        hex"1cfb5662e8cf5ac9226a80ee17b36abecb73ab5f87e161927b4349e10e4bdf08"
        hex"0f21177e302a771bbae6d8d1ecb373b62c99af346220ac0129c53f666eb24100"
        hex"1671522374606992affb0dd7f71b12bec4236aede6290546bcef7e1f515c2320"
        hex"0fa3ec5b9488259c2eb4cf24501bfad9be2ec9e42c5cc8ccd419d2a692cad870"
        hex"193c0e04e0bd298357cb266c1506080ed36edce85c648cc085e8c57b1ab54bba"
        hex"102adf8ef74735a27e9128306dcbc3c99f6f7291cd406578ce14ea2adaba68f8"
        hex"0fe0af7858e49859e2a54d6f1ad945b1316aa24bfbdd23ae40a6d0cb70c3eab1"
        hex"216f6717bbc7dedb08536a2220843f4e2da5f1daa9ebdefde8a5ea7344798d22"
        hex"1da55cc900f0d21f4a3e694391918a1b3c23b2ac773c6b3ef88e2e4228325161";

    /// @notice What `hash2` takes besides its inputs: made once, it serves any number of hashes.
    function table2() internal pure returns (bytes memory) {
        return TABLE_2;
    }

    /// @notice The hash of two numbers, below r.
    function hash2(bytes memory table, uint256 a, uint256 b)
        internal
        pure
        returns (uint256 hash)
    {
        assembly ("memory-safe") {
            function fifth(x, r) -> z {
                let q := mulmod(x, x, r)
                z := mulmod(mulmod(q, q, r), x, r)
            }
            function full2(p, end, r, i0, i1, i2) -> x0, x1, x2 {
                x0 := i0
                x1 := i1
                x2 := i2
                for {} lt(p, end) { p := add(p, 96) } {
                    let f0 := fifth(x0, r)
                    let f1 := fifth(x1, r)
                    let f2 := fifth(x2, r)
                    x0 := addmod(add(mulmod(f0, 0x109b7f411ba0e4c9b2b70caf5c36a7b194be7c11ad24378bfedb68592ba8118b, r), mulmod(f1, 0x16ed41e13bb9c0c66ae119424fddbcbc9314dc9fdbdeea55d6c64543dc4903e0, r)), add(mulmod(f2, 0x2b90bba00fca0589f617e7dcbfe82e0df706ab640ceb247b791a93b74e36736d, r), mload(add(p, 0))), r)
                    x1 := addmod(add(mulmod(f0, 0x2969f27eed31a480b9c36c764379dbca2cc8fdd1415c3dded62940bcde0bd771, r), mulmod(f1, 0x2e2419f9ec02ec394c9871c832963dc1b89d743c8c7b964029b2311687b1fe23, r)), add(mulmod(f2, 0x101071f0032379b697315876690f053d148d4e109f5fb065c8aacc55a0f89bfa, r), mload(add(p, 32))), r)
                    x2 := addmod(add(mulmod(f0, 0x143021ec686a3f330d5f9e654638065ce6cd79e28c5b3753326244ee65a1b1a7, r), mulmod(f1, 0x176cc029695ad02582a70eff08a6fd99d057e12e58e7d7b6b16cdfabc8ee2911, r)), add(mulmod(f2, 0x19a3fc0a56702bf417ba7fee3802593fa644470307043f7773279cd71d25d5e0, r), mload(add(p, 64))), r)
                }
            }
            mcopy(mload(64), add(table, 32), 32)
            let r := mload(mload(64))
            let p := add(table, 64)
            let x0 := mload(add(p, 0))
            let x1 := addmod(a, mload(add(p, 32)), r)
            let x2 := addmod(b, mload(add(p, 64)), r)
            p := add(p, 96)
            x0, x1, x2 := full2(p, add(table, 448), r, x0, x1, x2)
            p := add(table, 448)
            x0 := fifth(x0, r)
            x1 := fifth(x1, r)
            x2 := fifth(x2, r)
            let y1 := x0
            let y2 := 0
            let y3 := 0
            let s1 := add(mulmod(x1, 0x0de20097480e7555471785de07bd9809d57dd859bbe827307c33ae9ed7890597, r), mulmod(x2, 0x072f2a6287fb984bb810df8c5788eebcfd2825613cb72bb80cde8edd76d2e97d, r))
            let s2 := add(mulmod(x1, 0x210b5c36f27a07d97f98b9d8663d85db2e64513099a8e1ef6db21043631e24c4, r), mulmod(x2, 0x13bb2764bf1475cfc7bb9f3d563c5cc201c2489874e9159326a8f4930b7883f9, r))
            for { let end := add(table, 2304) } lt(p, end) { p := add(p, 32) } {
                let sum := addmod(add(add(mload(p), mulmod(s1, 0x1763c79161417803ac02abffe9173ea436add2f719c6652658f7d859b4d7d402, r)), mulmod(s2, 0x0d5befe0d730640fcfd1bb7df80262f223d203a893c4cfacc3e8e571053098be, r)), add(add(mulmod(y1, 0x109b7f411ba0e4c9b2b70caf5c36a7b194be7c11ad24378bfedb68592ba8118b, r), mulmod(y2, 0x2f063609b91aaa68a71aca9b9953164c65be0a81c827c233fe5f2f1bf09a29e2, r)), mulmod(y3, 0x222384b1af875b9cc33701aeaf21a587f612e66f59d3603b4067e912f65e0e98, r)), r)
                s2 := s1
                s1 := sum
                y3 := y2
                y2 := y1
                y1 := fifth(sum, r)
            }
            x1 := addmod(add(add(mload(add(p, 0)), mulmod(s1, 0x21a146d1bcf9c3ff13ab9b9181eebda9af7765bc98c9036d2bb34a3d0025e570, r)), mulmod(s2, 0x188fd68a5bef42d728a24856d091ff6b73538bde48715cf41b3049fea7d35c62, r)), add(mulmod(y2, 0x004a7bc12d8261e48cba4b33c303487351e67a6e218d8f84ea9799755d67ae00, r), mulmod(y3, 0x130dccdd71b916d8e1c09297396b83016f0745003533a346086b7b643af3f58d, r)), r)
            x2 := addmod(add(add(mload(add(p, 32)), mulmod(s1, 0x05e3f11232952e0d546bcaa8c1a2ca34f3ab52b292623ec8c8a4b576b1e00582, r)), mulmod(s2, 0x1d00f18e664722a658f514017fc0d6cb8999e005d5d908d2c4f6e0ada58cbe1e, r)), add(mulmod(y2, 0x18dcbddaf5a4e9902cce3b5933e3f0906924f234ddbf95d5f36a3eab324d4a1f, r), mulmod(y3, 0x2f45d8c2c3f58e32d0ea2c121de1009f054d9efa2c88ab9e62eec9a121209634, r)), r)
            x0 := s1
            p := add(table, 2368)
            x0, x1, x2 := full2(p, add(table, 2656), r, x0, x1, x2)
            hash := addmod(add(mulmod(fifth(x0, r), 0x109b7f411ba0e4c9b2b70caf5c36a7b194be7c11ad24378bfedb68592ba8118b, r), mulmod(fifth(x1, r), 0x16ed41e13bb9c0c66ae119424fddbcbc9314dc9fdbdeea55d6c64543dc4903e0, r)), mulmod(fifth(x2, r), 0x2b90bba00fca0589f617e7dcbfe82e0df706ab640ceb247b791a93b74e36736d, r), r)
        }
    }

    /// @dev The order r, and the constants of `permute4`.
    bytes private constant TABLE_3 =
        hex"30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"
        hex"19b849f69450b06848da1d39bd5e4a4302bb86744edc26238b0878e269ed23e5"
        hex"265ddfe127dd51bd7239347b758f0a1320eb2cc7450acc1dad47f80c8dcf34d6"
        hex"199750ec472f1809e0f66a545e1e51624108ac845015c2aa3dfc36bab497d8aa"
        hex"157ff3fe65ac7208110f06a5f74302b14d743ea25067f0ffd032f787c7f1cdf8"
        hex"2e49c43c4569dd9c5fd35ac45fca33f10b15c590692f8beefe18f4896ac94902"
        hex"0e35fb89981890520d4aef2b6d6506c3cb2f0b6973c24fa82731345ffa2d1f1e"
        hex"251ad47cb15c4f1105f109ae5e944f1ba9d9e7806d667ffec6fe723002e0b996"
        hex"13da07dc64d428369873e97160234641f8beb56fdd05e5f3563fa39d9c22df4e"
        hex"0c009b84e650e6d23dc00c7dccef7483a553939689d350cd46e7b89055fd4738"
        hex"011f16b1c63a854f01992e3956f42d8b04eb650c6d535eb0203dec74befdca06"
        hex"0ed69e5e383a688f209d9a561daa79612f3f78d0467ad45485df07093f367549"
        hex"04dba94a7b0ce9e221acad41472b6bbe3aec507f5eb3d33f463672264c9f789b"
        hex"0a3f2637d840f3a16eb094271c9d237b6036757d4bb50bf7ce732ff1d4fa28e8"
        hex"259a666f129eea198f8a1c502fdb38fa39b1f075569564b6e54a485d1182323f"
        hex"28bf7459c9b2f4c6d8e7d06a4ee3a47f7745d4271038e5157a32fdf7ede0d6a1"
        hex"0a1ca941f057037526ea200f489be8d4c37c85bbcce6a2aeec91bd6941432447"
        hex"0c6f8f958be0e93053d7fd4fc54512855535ed1539f051dcb43a26fd926361cf"
        hex"2dcd9959153bdd3ff2f10a656c5931ba4bb60028d92b919d522b95c07a294d5c"
        hex"2c2580dbefefedeabfac4c495ca4f86884473349870de3d9cbb6b241c004b58f"
        hex"0436fc1568fc5cb917fde00e348a40ae2396af3bc7e403974f726878dec92348"
        hex"304b3fd88ebbbbee6ca4a98b1e97dd435870df39c901bd8fff8839643f6d68c1"
        hex"197b48f801692dcf7eae2b0f6cf01aa242733c90f22142f20ac6b5fbcab18c93"
        hex"24a3a65321ff80f2cb066b9b3dfbf83b2c203a19a9e6791bb4c9fe530ff64aed"
        hex"19b7b5fd88c710b71f11bf2a62543fd94c9774ac13a0bf7901ea934c018f6665"
        hex"1ce218eaec25a0feea31c3b935fa1981e4b79a5364b2c4ddc8cb0a75ce328831"
        hex"0fcda6059d894cdce26ccbaf37478760697e979a3000e7281aec71a668b827cb"
        hex"1f488bdcd067feb8dfabbf9feb558cfa29ce039ab4a3def2fff9d3b448bcc375"
        hex"24878480e5cdd27b06002be21bcf08f4d0dfa7a43940521ebcfeed823b79874b"
        hex"08da7838e5b50615791a24eeb4086431f28bad59bd5cd359504ee8abe88c7804"
        hex"17fc77df72ed7d02b91bb3db05dfbbbbe0c994ce1ff542b42d2596b392749836"
        hex"1bef9266d15a82658e5baa4cb6781b79eed92e9bc58bac8fb4da5dfd0fd663a8"
        hex"1e5ff842c67fb62268b6e7f21b17656857e0e03cbacf9aa21a43dbe8372418f2"
        hex"0a7681368b399c0672945ac94a036739199b213812d1e63e2ed06f9e8549d210"
        hex"01e499497da90aceb142ad87f6accf1c045df03565f8627e97ff1648dad59eff"
        hex"1f2c8fc283afd35c0874781afb9e84142a6ef1dd77d86cb2421f22dee9a19196"
        hex"0662627e5264dca0f001fdb40f28a394d927704896a07ac0728cad4072f36bf0"
        hex"22f15f925593d00e1a53d684b10b6f4b314ff476e0428c9cc9d5d61598e8be77"
        hex"16495b48db6fde978c6cf782e17b6f34a9a35608c61b58a633ed59187a57481a"
        hex"2652870bffad0cf4e14895dd7ee578e1f1cf65699c40dd9f41ab44c61cf8599c"
        hex"0cbddd97deefb64a06e4d08ec67a9bdf8851384c7fd1fee26fb506361ded9781"
        hex"2eb87ef42dfadab7410e723e9babb9900f6334b9d78a0ccc916f8ea0174731fc"
        hex"0692fc8f5010ab37a40a1ff33c3d0d99c5d1a65ae6d8687189c8404ed8040c23"
        hex"1ef56b5366bd45b77002341fdf7e66446606796c7377043cfa62020fa92e1cb6"
        hex"08aeb36c2406ac4436091110dbdc7e50ed1e1da7b13d3dcf941cd51d3a2df8e8"
        hex"006a8ce0a2b603a844ddd3cedb1342e4eb7605f9ec4de7877f8e3ed9a3b053ce"
        hex"1e8fbc9371286b1142162a66528c287b3730719a900049a371f69419e1381656"
        hex"117b0ff18e784c69f90ec8850c9a73bb8bda34529dffee7eea5881a6b9994e02"
        hex"185f7deb9543a45d1cb1d797b586f4826fad2e31bedded8e2e5516eb74c6b3af"
        hex"2b09d5f294401af379b271bcd2609e3aea5712b2e806c04c3fc906b1078c2c44"
        hex"2ca4b7c81b6c740bfde4f373e575cbac0e82d48fcda041d7851fb0f3b0a1d48d"
        hex"205426a7d435db775613fcd81671eb5db09a97a40ad8d5d752bb1065f60ebaba"
        hex"1c310ceb9c2c5934d8f6fe3ff0dddcab91a70dbbda67fe28b751990dacdaa207"
        hex"1b2dc73c26fb0c7b520739130bbd27ab7dca021d4481884781547744d477f234"
        hex"17753e4aece22da994652dbee301cea6778d10126757d0b1b76bfe768af7678c"
        hex"19cee841332fb4d7e4b1f8931dc2ed3ac349ecf5f51aeefc45a6f89ec128d097"
        hex"273852e92e7824c346119c06504fabbea70683b43f054dbad92bcc7d40a867f3"
        hex"2f49114baac5c34841f73316a87edf794d549b5858a2886337a0d1d96d46acd8"
        hex"0c84196e4b1143cf6423d3c8615f07af3d2cab5a6da9a01e6bea0554dc179f41"
        hex"0abd6f1bc263de357b9f234269a53abbf6cf804a2e7920c8f2b19a5bbd203716"
        hex"083230b1c5adee59077fd53818ad891d69115d421f62af28d745246ba78e0aa6"
        hex"1b682c9e04b26879cbe1cb7e97342b9dc8eccab521ab6509afecb10625f1030b"
        hex"13f97380933297da6c2e2e5554dc0bd6fff83e79a73fd7fbf7003d2b4a6d0b2a"
        hex"24f00f9c0667837eface969e48fb6a53a39a62ccf857e5dc778443322d933e37"
        hex"20b3671a3424c94311cbfa1fb76aa5530dc5a1830cc0be96e5b2363965d353f2"
        hex"21f74bd37c403144e7290e36f3adbfaba44953b469bd171a3ff596b0c36890c2"
        hex"16940f37244fe08496ca2f94ef24a80a6bee8f30b0f34ecde7f12f21f077f692"
        hex"1e33e746d6484282530072bf6c6144edcceb9f8b1d42c5619011a9bd334eedb2"
        hex"06d6732e92f3a49b72fbae046cae5abb333552884eaa2e171648c35ee7c59785"
        hex"1b6ba34b7c7065a5d07e2b8895f28f68ac1dbf5f36b7be177154c684255425ce"
        hex"07748b11c12544ee00def789d4cdf8ec8cada19be2c2128c243e5c6098780067"
        hex"302e741a7258ea123cfe4e660903f96f5b058d4cdf3450f85e7a42c14341b6ac"
        hex"0e929b1bc1bf9679cee84a09c9bb1bb3525de164b57fc2493077fcecb56ec0f1"
        hex"217ef8250980c194361ec71c6d5ce8ff2fe9ed56ec28974bee5bdf93b9e2d906"
        hex"2c32548ea792916fdec0185d1985dfaeb40d67483842eadbcbf4211cf08efa7e"
        hex"2832cbfa0d6f6f2756f7cdfd94f2165b332b0a670ed24c51f2974e6cb04fb326"
        hex"1f5abf0d37d851364bbe86248c7666cdff6c44f27f4a0d18a4e52a17f656e3f5"
        hex"2d1bd78fa90e77aa88830cabfef2f8d27d1a512050ba7db0753c8fb863efb387"
        hex"065610c6f4f92491f423d3071eb83539f7c0d49c1387062e630d7fd283dc3394"
        hex"2d933ff19217a5545013b12873452bebcc5f9969033f15ec642fb464bd607368"
        hex"1aa9d3fe4c644910f76b92b3e13b30d500dae5354e79508c3c49c8aa99e0258b"
        hex"027ef04869e482b1c748638c59111c6b27095fa773e1aca078cea1f1c8450bdd"
        hex"2b7d524c5172cbbb15db4e00668a8c449f67a2605d9ec03802e3fa136ad0b8fb"
        hex"0c7c382443c6aa787c8718d86747c7f74693ae25b1e55df13f7c3c1dd735db0f"
        hex"00b4567186bc3f7c62a7b56acf4f76207a1f43c2d30d0fe4a627dcdd9bd79078"
        hex"1e41fc29b825454fe6d61737fe08b47fb07fe739e4c1e61d0337490883db4fd5"
        hex"12507cd556b7bbcc72ee6dafc616584421e1af872d8c0e89002ae8d3ba0653b6"
        hex"13d437083553006bcef312e5e6f52a5d97eb36617ef36fe4d77d3e97f71cb5db"
        hex"163ec73251f85443687222487dda9a65467d90b22f0b38664686077c6a4486d5";

    /// @notice What `permute4` takes besides its inputs: made once, it serves any number of hashes.
    function table3() internal pure returns (bytes memory) {
        return TABLE_3;
    }

    /// @notice Lane 0 of the permutation of four lanes, below r.
    function permute4(bytes memory table, uint256 a, uint256 b, uint256 c, uint256 d)
        internal
        pure
        returns (uint256 hash)
    {
        assembly ("memory-safe") {
            function fifth(x, r) -> z {
                let q := mulmod(x, x, r)
                z := mulmod(mulmod(q, q, r), x, r)
            }
            function full3(p, end, r, i0, i1, i2, i3) -> x0, x1, x2, x3 {
                x0 := i0
                x1 := i1
                x2 := i2
                x3 := i3
                for {} lt(p, end) { p := add(p, 128) } {
                    let f0 := fifth(x0, r)
                    let f1 := fifth(x1, r)
                    let f2 := fifth(x2, r)
                    let f3 := fifth(x3, r)
                    x0 := addmod(add(add(mulmod(f0, 0x236d13393ef85cc48a351dd786dd7a1de5e39942296127fd87947223ae5108ad, r), mulmod(f1, 0x277686494f7644bbc4a9b194e10724eb967f1dc58718e59e3cedc821b2a7ae19, r)), mulmod(f2, 0x023db68784e3f0cc0b85618826a9b3505129c16479973b0a84a4529e66b09c62, r)), add(mulmod(f3, 0x1d359d245f286c12d50d663bae733f978af08cdbd63017c57b3a75646ff382c1, r), mload(add(p, 0))), r)
                    x1 := addmod(add(add(mulmod(f0, 0x2a75a171563b807db525be259699ab28fe9bc7fb1f70943ff049bc970e841a0c, r), mulmod(f1, 0x083abff5e10051f078e2827d092e1ae808b4dd3e15ccc3706f38ce4157b6770e, r)), mulmod(f2, 0x1a5ad71bbbecd8a97dc49cfdbae303ad24d5c4741eab8b7568a9ff8253a1eb6f, r)), add(mulmod(f3, 0x0d745fd00dd167fb86772133640f02ce945004a7bc2c59e8790f725c5d84f0af, r), mload(add(p, 32))), r)
                    x2 := addmod(add(add(mulmod(f0, 0x2070679e798782ef592a52ca9cef820d497ad2eecbaa7e42f366b3e521c4ed42, r), mulmod(f1, 0x2e18c8570d20bf5df800739a53da75d906ece318cd224ab6b3a2be979e2d7eab, r)), mulmod(f2, 0x0fa86f0f27e4d3dd7f3367ce86f684f1f2e4386d3e5b9f38fa283c6aa723b608, r)), add(mulmod(f3, 0x03f3e6fab791f16628168e4b14dbaeb657035ee3da6b2ca83f0c2491e0b403eb, r), mload(add(p, 64))), r)
                    x3 := addmod(add(add(mulmod(f0, 0x2f545e578202c9732488540e41f783b68ff0613fd79375f8ba8b3d30958e7677, r), mulmod(f1, 0x23810bf82877fc19bff7eefeae3faf4bb8104c32ba4cd701596a15623d01476e, r)), mulmod(f2, 0x014fcd5eb0be6d5beeafc4944034cf321c068ef930f10be2207ed58d2a34cdd6, r)), add(mulmod(f3, 0x00c15fc3a1d5733dd835eae0823e377f8ba4a8b627627cc2bb661c25d20fb52a, r), mload(add(p, 96))), r)
                }
            }
            mcopy(mload(64), add(table, 32), 32)
            let r := mload(mload(64))
            let p := add(table, 64)
            let x0 := addmod(a, mload(add(p, 0)), r)
            let x1 := addmod(b, mload(add(p, 32)), r)
            let x2 := addmod(c, mload(add(p, 64)), r)
            let x3 := addmod(d, mload(add(p, 96)), r)
            p := add(p, 128)
            x0, x1, x2, x3 := full3(p, add(table, 576), r, x0, x1, x2, x3)
            p := add(table, 576)
            x0 := fifth(x0, r)
            x1 := fifth(x1, r)
            x2 := fifth(x2, r)
            x3 := fifth(x3, r)
            let y1 := x0
            let y2 := 0
            let y3 := 0
            let y4 := 0
            let s1 := add(add(mulmod(x1, 0x27649a3a1db5ba83511b2f9fb3785dbdf083f1f5d4bed38b76fd379545d9ca08, r), mulmod(x2, 0x08f84f219781937a7bd7ed5aecdffbcad92a1d31262fe51761c94a0f19973283, r)), mulmod(x3, 0x14f65d95f7359b8f9f3527527ba9722197df3e698f773cf3027c00bc4160f989, r))
            let s2 := add(add(mulmod(x1, 0x16dc1f58a2e54f8f78d4a2bc67c5dd242744ff2db0ea9533a9fb3de2afa831e5, r), mulmod(x2, 0x2a274cc1ef7dd9e160541523dd6b2c159fcb0f40191b63a8d0a877777b8dd060, r)), mulmod(x3, 0x1e8f3078f2fd0b0409460ab369a100d5a82cd93b3dd947644aa6bb8fc2f4f863, r))
            let s3 := add(add(mulmod(x1, 0x2fa9dd289eab48f0424a48c9a2b4f51d2de3ae6cf2d5e23a10b0366938541d65, r), mulmod(x2, 0x0fc755141d556a5eebf1efccbcbbf72ead5eecb5ad93e9814b715c4d388d7709, r)), mulmod(x3, 0x26127072286989c57c665090b20dc85c5fa983ae80c412fb2d8ad02194843981, r))
            for { let end := add(table, 2400) } lt(p, end) { p := add(p, 32) } {
                let sum := addmod(add(add(add(mload(p), mulmod(s1, 0x18a48ec8aaba990bd04bd52c1262d759873dbe617b8adf6c24c726d1d0e9e240, r)), mulmod(s2, 0x29107eeef0f7d24e349501def45520461ba2df669259d3cbfc77c95d3904394e, r)), mulmod(s3, 0x0160199b9b14f6f35b84c5064e483c326db6d02a368fae85eb87c941354718b5, r)), add(add(add(mulmod(y1, 0x236d13393ef85cc48a351dd786dd7a1de5e39942296127fd87947223ae5108ad, r), mulmod(y2, 0x1a3f4a89bf34640930e7e714a9541dbc0cf22882ca66bc2318fa6a930cf6a9f7, r)), mulmod(y3, 0x1d84e5ca26510b0d1b5f71c359c3ae1a4cd904f61781a511a3a6a01011043fd2, r)), mulmod(y4, 0x1992dded909b3840657defe1d06e8079f5716dfcd089ce7a3823bc40a48b0741, r)), r)
                s3 := s2
                s2 := s1
                s1 := sum
                y4 := y3
                y3 := y2
                y2 := y1
                y1 := fifth(sum, r)
            }
            x1 := addmod(add(add(add(mload(add(p, 0)), mulmod(s1, 0x1ee2c9f5d2ab7dae69950513bbca161e590898c69e31988baaf105066b23ab21, r)), mulmod(s2, 0x1595ca4fb1b489551ab4f978bf14b554543f24ee7a64153f856e18a44ecd965c, r)), mulmod(s3, 0x022044f4588f55cfb628b0db741b72e2cb43183249b4eefb25b0593c6a94e71d, r)), add(add(mulmod(y2, 0x26388a00badfff3b990d696366c3177777ac1d893551fa66f8fdc390d6c05cb0, r), mulmod(y3, 0x056a5c48479b79cc2e0c375309739883923f6487f0db7f5b0655b87c54bd534f, r)), mulmod(y4, 0x2b09f39eda9ee39dbb76d94b3b4a9413944f32d34ba31bb7e71048af76f604f8, r)), r)
            x2 := addmod(add(add(add(mload(add(p, 32)), mulmod(s1, 0x29ff9ff07325f598bc537d2eac01b99913cf115e03787174024ccb3b205520b0, r)), mulmod(s2, 0x275f61bd370af4070de1a2e496dc9c2eb1f4f7c9cc2975b665274277cf31443b, r)), mulmod(s3, 0x1268cc73bfb16b6eb341f28f2c4f53cfd95785d2f76eb6114d3a45e2f71e781c, r)), add(add(mulmod(y2, 0x13a9edeb954821bc1ed0b0d75107f7854e0ee80cb86ba923dcf32323e5385ad9, r), mulmod(y3, 0x2bd39319c06f234421d73b8c722967f982e58e0378e4fa2577159cf67f7b0ae9, r)), mulmod(y4, 0x2b882c2cbe78e3bc5abec9962f9de08a5eecb487012d5d774437eeda429f9457, r)), r)
            x3 := addmod(add(add(add(mload(add(p, 64)), mulmod(s1, 0x167234e9432e533426f131e2720357ee55217df7832e116eb821af9fb9e34bcf, r)), mulmod(s2, 0x27f1e4edc392111430b70a3306d473e85d0c707e56d565b48597fef08e622e15, r)), mulmod(s3, 0x296ce1fa788a5cad6893f4f59939eeffb4de2c9de0cf5084619551d2710215f2, r)), add(add(mulmod(y2, 0x2718daa2896c4ebb35913ce349b33a5efdb1b09d177a3024dca3ef1c8642f62c, r), mulmod(y3, 0x212a95539dde8d0a8df8daacec3169a9a116bbce7281a002d8990b303009391b, r)), mulmod(y4, 0x10e45ebb67a8f94d39da0b829962cf7a182501b59023089370cbce60055fee2c, r)), r)
            x0 := s1
            p := add(table, 2496)
            x0, x1, x2, x3 := full3(p, add(table, 2880), r, x0, x1, x2, x3)
            hash := addmod(add(mulmod(fifth(x0, r), 0x236d13393ef85cc48a351dd786dd7a1de5e39942296127fd87947223ae5108ad, r), mulmod(fifth(x1, r), 0x277686494f7644bbc4a9b194e10724eb967f1dc58718e59e3cedc821b2a7ae19, r)), add(mulmod(fifth(x2, r), 0x023db68784e3f0cc0b85618826a9b3505129c16479973b0a84a4529e66b09c62, r), mulmod(fifth(x3, r), 0x1d359d245f286c12d50d663bae733f978af08cdbd63017c57b3a75646ff382c1, r)), r)
        }
    }

    /// @dev The order r, and the constants of `hash4`.
    bytes private constant TABLE_4 =
        hex"30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"
        hex"0eb544fee2815dda7f53e29ccac98ed7d889bb4ebd47c3864f3c2bd81a6da891"
        hex"0554d736315b8662f02fdba7dd737fbca197aeb12ea64713ba733f28475128cb"
        hex"2f83b9df259b2b68bcd748056307c37754907df0c0fb0035f5087c58d5e8c2d4"
        hex"2ca70e2e8d7f39a12447ac83052451b461f15f8b41a75ef31915208f5aba9683"
        hex"1cb5f9319be6a45e91b04d7222271c94994196f12ed22c5d4ec719cb83ecfea9"
        hex"2eb4f99c69f966ebf8a42192de7ff61621c7bb47b93750c2b9ea08d18446c122"
        hex"224a28e5a35385a7c5198169e405d9ea0fc7da8b93ee13b6d5f7d099e299520e"
        hex"0f7411b465e600eed8afdd6afca49c3036f33ecbd9a0f97823796b993bbd82f7"
        hex"0f9d0d5aad2c9555a2be7150392d8d9819b208ae3370f99a0626f9ff5d90e4e3"
        hex"1e9a96dc8292bb596f52a59538d329229732b25259cf744b6a12d30702d6fba0"
        hex"08780514ccd90380887d578c45555e593cfe52eab4b945c6c2cd4d528fb3fe3c"
        hex"272498fced686c7ac8149fa3f73ef8c2ced64717e3556d5a59f119d629ccb5fc"
        hex"01ef8f9dd7c93aac4b7cb80930bd06eb45bd350aff585f10e3d0ef8a782ef7df"
        hex"045b9f59b6595e614dc08f222b469b138e886e64bf3c40aa97ea0ae754934d30"
        hex"0ac1e91c57d9da919fd6f59d2a40ff8ea3e41e24e247a387adf2584295d61c66"
        hex"028a1621a94054b0c7f9a421353cd89d0fd67061aee99979d12e68f04e62d134"
        hex"26b41802c071ea4c9632647ed059236e50c19c3fb3c96d09d02aae2a0dcd9dbc"
        hex"2fb5dda8072bb72cbaac2f63e468215e05c9de06758db6a94af34384aedb462b"
        hex"2212d3a0f5fccaf244ff3547fd823249ad8ab8ba2a18d383dd05c56ee894d850"
        hex"1b041ad5b2f0684258e4dfaeea09be56a3276fdb19f44c015cd0c7eed465e2e3"
        hex"0a01776bb22f4b6b8eccff33e76fded3144fb7e3ac14e846a91e64afb1500eff"
        hex"205cdaee7295289c98bde748b6b43541bdde0a22fc309bd16bee9dba78a4342d"
        hex"230dca29e3a840c0c3695bb6c1e875e397e3777ee81813ef146c203c0137dd61"
        hex"139c56afc3fba81630b6d26908a961c43282f61c46ac47610b769a04ac0cd2a9"
        hex"082d842eaec27103f359701f304932730f815d59f3bf418342a4aaf6ab72e17a"
        hex"2cab4fbe7101ef8cfff6286674a3c934deb34ae61249b0554aca8af08dbef962"
        hex"2fae2f96389c62d7963fe16f063f623a74bcc30d30f28912170b45d01ad4f049"
        hex"2564ab346a46bda9f92d5713ffcac33ca5838556cfd41e26c2c8b32474ab996f"
        hex"2e1af62e9d8def47db3488e2779f9b107cf90eaa886680e60b214df3224ef829"
        hex"049060cec0c8624615ed7197e5998443e858ce596cce018b40a160ea9f0a6e0c"
        hex"1cb6da87797508d08ce54e980c8144ae04fb6e54254374930801678dfcc229fc"
        hex"148524bf0563895a038a897e2bbaa6ab7852712caa8464081a8a4899707f52cf"
        hex"1563eb05b82a8035c2d9784d578142a1d365b6f1a0b12d527155282e4f170024"
        hex"162aae479a97f0a09eca3847c24c1bfcabd91520480e1717bf557fe1f043dce6"
        hex"2e28ecd116c3132128cc41bfaa6272b90fc1d061cce1cecdd37139adf3dd41af"
        hex"01a482546b6fb1529759fd55c67b304fbeecc58b23e6f1a22246809a3853e562"
        hex"2420904f1d69e544cc479a6051825fb18e5338888391d3460e2783fc6b239ffb"
        hex"1b7628010fc9b2ffe96045022ae68817953835fafb17b8677dff782ecdf6cfe8"
        hex"1d839940dabe6a4a4c1dca548dc847382ee1968760e972bc6063cfe9004b1b9f"
        hex"0648b21de80c19e62f61a0a2a0eabb828323c14ba3f172c3eeef8311b7f74944"
        hex"0e2c5ecd0be5565b6ce003c51ba1fa7514bdad1bb7786794f05f5570205da3a6"
        hex"0bb071666cfdfb816b45d20499285478934eaab4550ffb002be373d993b22b06"
        hex"0864cc5c2ee989e2c0f4abbf6df05f6ac7efd1423c8db5bdb12c6ee86f9de25e"
        hex"022843c278a1a9263851f707f92f853e31bbcc9cb0b280636f234916eb8a39b6"
        hex"0541875978d90a60c7eee7357e3d14ba83c5e20ad45cdca6704523de5a79d73a"
        hex"136bb2f8a611245752cf7142e27eca239cbb87f58b34a1f929a18936ffc98f81"
        hex"1e393d63f5ac49fbc7d15e7997b30e7de212f1500d8f18ec118a107b115a00eb"
        hex"28281cd860bff961b1ac4fda79052ee565077859d7232405c123ba586ccd3f07"
        hex"1afb944c638d2405e6adbb631f831b16618fcf3303e7aec829b10751e564f296"
        hex"2c616b4182d2fb64d42de72504582d78ebac1027de7c7518e339d77914416818"
        hex"2f38cb61eed39d5249eb703d4f3df92e5e435717e98fd92e1818329aad7007d5"
        hex"04da6b26c9bebd1bd6aa6e269eb6ac70354a36e59c9902bbe46d105c82fad45d"
        hex"16f36a3fddc5e2c181f747f273a6181700ee2c59fb065f43d80380e883a8ba20"
        hex"02b5b05832836ec42d4af5aeaa7647de8ca5b909c06e638c198f920bf8ccaf7b"
        hex"00a9f684cf0f4999f4f6945980820949a8418cb56ff26c3fd27e21fae4a2ef9a"
        hex"0b8d5bfb58eb3d4386b2e106fc2dbbddcb4ac42bf8d9315918cf42bd73b4a16e"
        hex"273c67ee0f2409e1d6d2b5be9489e3992c53dfa144868e454c6e032fcbf766f2"
        hex"2d6705f997144e01331e92b07d400c32a78319249aea15bd135255ecd9cd3824"
        hex"2505975cada6d77706caa5e2ca5e1c1c6ab39fc86bf69890fecb3ebfdcd4fd04"
        hex"227a71873131b06a615678399957a2f7d17844bce3a4eb4c03bbc1a2b87f2e07"
        hex"1c570b48328515335b4e9630a9daf11e22b7c4ba021ed4aab3ca878cccafce2f"
        hex"081c44c4e21299aa5c609ba7f81d78bb44b5943f86a9ddc374b83bce65877f71"
        hex"2b6eb16787d22470f334aacf50e7b0e4551e5d7d0fde30ebcdc88113cd7688c2"
        hex"2a13033a81aa36449373bb68aa203c9156b731bf5219ab768bb806dd28d5077e"
        hex"1d2334d4791dde7997c8c89eefa36afb267d701de0736286e8ea9405c1472251"
        hex"06831bd34d7d2fa8fad3fe0ee965adef21430d86ab68284c1bf1713121afe6d3"
        hex"2060698fccb726c48aae5ef2f375ec3c95e51b76873d86cfe405c4b0faac829d"
        hex"095e095cec4fc95b7ec39b4689d1447b37032c1a82c7d2db18c1c0c948b3f758"
        hex"1dd75b46eb66d520fb0a5b07bcf7b59e59291d2bd815448ee77fc34d084ccdf6"
        hex"2b2fc28a58f601bbceef42a635ca20a7678e9449a0e7a8f27dd1e9a842883480"
        hex"2fad43814890c693fc1826ae33deb7502523e5a4b346f59db6f94359ca5b2623"
        hex"0061961774609ea2656da6c3fbc845fe0ca8ed70f16112bc080bab7dca3e2048"
        hex"28324f9bd8276f033d3e9c94af4cc7e14e3edd18b88adf7f5e876ad1ce9008e8"
        hex"2b0879e0db998c0e81560734b0c088ff9d885a6e8de94d5c78c408a469ea1706"
        hex"23449a5d34968d71c7bd0843383733eb0c011b4643dbb3e17cc59a1e66d52898"
        hex"1e4250c76285a13197cfd198c2b57996a0b5aa18bf3c6dd8254c4ebd2b972ca3"
        hex"1c2f2dcfe47b4395823dad0d9d50b05b4f9baa888e112c40f381c98441908aba"
        hex"235e2f81608bcc60a5e19d439eecf102d5c4c8a1c1fa94aed3030493e3f1a356"
        hex"16ad0d1aac7273b77094ab4cefd138b8af3ea3a0e879f7733e208a0ae5578db8"
        hex"2574972a6061c1ef8e6b03b866f8a4df8a6e10d51c882825bf4390112bdefbb2"
        hex"2aff29b8c1d4c95ade305b96cb2a08f9e8e2e2cf5a30804c9c39a222522ee12e"
        hex"20f36de4bafd25fdb46e76aaf872cfcbec41eea966cc3e6b5c088d3ae4245c93"
        hex"1bea1d6ee51a174d182dbd1553af03c1b16d2869c5071ce3cfb2ffc169f94c4d"
        hex"087a43f2268d7b9ddaf7c550fb4ac0b7f60df02edb5c0c342c582fb6991c214b"
        hex"1322b3f98c02f2ae099f8776a92a3ae8d07dda9c4acf3a6b0ec503c9cbe1a83f"
        hex"17c31ea02fbc378320d86ffed6c7ca1583b618c5c1a687818d4087a497d73490"
        hex"05b86c4bb8ef318b6a7227e4192d149d3c17a9764ccd660de4d50a77f192a91b"
        hex"265bc95df4a4c4876ff70d7ea2fde2c7ab15f4a6ae0d237cd6ce74ba986c7a7b"
        hex"24752b47bc6c6bc8d9bbe48f5fef2f6908701739c5f5b4b3d6c886d4715c7929"
        hex"14814a1e0f492a4ea0d86e527a96482178d624b98da96ee5e583b9324d974efe"
        hex"10def931073b6479bd60577378f29381997c8e041d3cfb3dc7523bca906f00bd"
        hex"14f7ae770bf7e95f7f706c0d8ab4ed03fa0b880d28c69d031b4592c98610175f"
        hex"1aef50a0cee751b59f926af40e8035d19decc9d428ebe4e775c5cc9dce1ce589"
        hex"041935607172f68eba65ca60068dfe3b086c2a2d57d09602951214b57e73cf5a"
        hex"26863e9dd24255d1573bd083959b856c0493fbefe83c819837a151d3bf452cb8"
        hex"2036efb6f9830965eb3d7a068bd087c9f5adf251ba62052c652738e63ff8b3af"
        hex"0c712a975b74dc9d766b639a029969ca30be4f75a753f854b00fa4f1b4f4ee9b"
        hex"08014dab3cd1667e27afc99bfac1e6807afdff6456492ca3375731d387539699"
        hex"198d07192db4fac2a82a4a79839d6a2b97c4dd4d37b4e8f3b53009f79b34e6a4"
        hex"29eb1de42a3ad381b23b4131426897a32709b29d53bb946dfd15784d1f63e572";

    /// @notice What `hash4` takes besides its inputs: made once, it serves any number of hashes.
    function table4() internal pure returns (bytes memory) {
        return TABLE_4;
    }

    /// @notice The hash of four numbers, below r.
    function hash4(bytes memory table, uint256 a, uint256 b, uint256 c, uint256 d)
        internal
        pure
        returns (uint256 hash)
    {
        assembly ("memory-safe") {
            function fifth(x, r) -> z {
                let q := mulmod(x, x, r)
                z := mulmod(mulmod(q, q, r), x, r)
            }
            function full4(p, end, r, i0, i1, i2, i3, i4) -> x0, x1, x2, x3, x4 {
                x0 := i0
                x1 := i1
                x2 := i2
                x3 := i3
                x4 := i4
                for {} lt(p, end) { p := add(p, 160) } {
                    let f0 := fifth(x0, r)
                    let f1 := fifth(x1, r)
                    let f2 := fifth(x2, r)
                    let f3 := fifth(x3, r)
                    let f4 := fifth(x4, r)
                    x0 := addmod(add(add(mulmod(f0, 0x251e7fdf99591080080b0af133b9e4369f22e57ace3cd7f64fc6fdbcf38d7da1, r), mulmod(f1, 0x25fb50b65acf4fb047cbd3b1c17d97c7fe26ea9ca238d6e348550486e91c7765, r)), mulmod(f2, 0x293d617d7da72102355f39ebf62f91b06deb5325f367a4556ea1e31ed5767833, r)), add(add(mulmod(f3, 0x104d0295ab00c85e960111ac25da474366599e575a9b7edf6145f14ba6d3c1c4, r), mulmod(f4, 0x0aaa35e2c84baf117dea3e336cd96a39792b3813954fe9bf3ed5b90f2f69c977, r)), mload(add(p, 0))), r)
                    x1 := addmod(add(add(mulmod(f0, 0x2a70b9f1d4bbccdbc03e17c1d1dcdb02052903dc6609ea6969f661b2eb74c839, r), mulmod(f1, 0x281154651c921e746315a9934f1b8a1bba9f92ad8ef4b979115b8e2e991ccd7a, r)), mulmod(f2, 0x28c2be2f8264f95f0b53c732134efa338ccd8fdb9ee2b45fb86a894f7db36c37, r)), add(add(mulmod(f3, 0x21888041e6febd546d427c890b1883bb9b626d8cb4dc18dcc4ec8fa75e530a13, r), mulmod(f4, 0x14ddb5fada0171db80195b9592d8cf2be810930e3ea4574a350d65e2cbff4941, r)), mload(add(p, 32))), r)
                    x2 := addmod(add(add(mulmod(f0, 0x2f69a7198e1fbcc7dea43265306a37ed55b91bff652ad69aa4fa8478970d401d, r), mulmod(f1, 0x001c1edd62645b73ad931ab80e37bbb267ba312b34140e716d6a3747594d3052, r)), mulmod(f2, 0x15b98ce93e47bc64ce2f2c96c69663c439c40c603049466fa7f9a4b228bfc32b, r)), add(add(mulmod(f3, 0x12c7e2adfa524e5958f65be2fbac809fcba8458b28e44d9265051de33163cf9c, r), mulmod(f4, 0x2efc2b90d688134849018222e7b8922eaf67ce79816ef468531ec2de53bbd167, r)), mload(add(p, 64))), r)
                    x3 := addmod(add(add(mulmod(f0, 0x0c3f050a6bf5af151981e55e3e1a29a13c3ffa4550bd2514f1afd6c5f721f830, r), mulmod(f1, 0x0dec54e6dbf75205fa75ba7992bd34f08b2efe2ecd424a73eda7784320a1a36e, r)), mulmod(f2, 0x1c482a25a729f5df20225815034b196098364a11f4d988fb7cc75cf32d8136fa, r)), add(add(mulmod(f3, 0x2625ce48a7b39a4252732624e4ab94360812ac2fc9a14a5fb8b607ae9fd8514a, r), mulmod(f4, 0x07f017a7ebd56dd086f7cd4fd710c509ed7ef8e300b9a8bb9fb9f28af710251f, r)), mload(add(p, 96))), r)
                    x4 := addmod(add(add(mulmod(f0, 0x2a20e3a4a0e57d92f97c9d6186c6c3ea7c5e55c20146259be2f78c2ccc2e3595, r), mulmod(f1, 0x1049f8210566b51faafb1e9a5d63c0ee701673aed820d9c4403b01feb727a549, r)), mulmod(f2, 0x02ecac687ef5b4b568002bd9d1b96b4bef357a69e3e86b5561b9299b82d69c8e, r)), add(add(mulmod(f3, 0x2d3a1aea2e6d44466808f88c9ba903d3bdcb6b58ba40441ed4ebcf11bbe1e37b, r), mulmod(f4, 0x14074bb14c982c81c9ad171e4f35fe49b39c4a7a72dbb6d9c98d803bfed65e64, r)), mload(add(p, 128))), r)
                }
            }
            mcopy(mload(64), add(table, 32), 32)
            let r := mload(mload(64))
            let p := add(table, 64)
            let x0 := mload(add(p, 0))
            let x1 := addmod(a, mload(add(p, 32)), r)
            let x2 := addmod(b, mload(add(p, 64)), r)
            let x3 := addmod(c, mload(add(p, 96)), r)
            let x4 := addmod(d, mload(add(p, 128)), r)
            p := add(p, 160)
            x0, x1, x2, x3, x4 := full4(p, add(table, 704), r, x0, x1, x2, x3, x4)
            p := add(table, 704)
            x0 := fifth(x0, r)
            x1 := fifth(x1, r)
            x2 := fifth(x2, r)
            x3 := fifth(x3, r)
            x4 := fifth(x4, r)
            let y1 := x0
            let y2 := 0
            let y3 := 0
            let y4 := 0
            let y5 := 0
            let s1 := add(add(add(mulmod(x1, 0x08606e28acd8b2ee4c23a757886d7e99e407d177a58fb31b410ead7fbe1ef272, r), mulmod(x2, 0x2f70d379513ce458231a8ee6b3029bcbbb4860ef48c104ddcffe65603d81592d, r)), mulmod(x3, 0x15315ba38b9e4c7a64a0844985e7b45db39eaec4c63b490cecfb19f02e102669, r)), mulmod(x4, 0x2a1529e4b1ca0cee97cde58af1536c4823f7e558bdc13f774e4ef3ec8454675b, r))
            let s2 := add(add(add(mulmod(x1, 0x1477e88daf9348ea5f95cb08426f4285c654a897a2c4895333052fe2cdba34cb, r), mulmod(x2, 0x0c9918bbd089bc26c937ae2e0a92a1d8c87cf4480b055e43831a5e6a3acbe5b5, r)), mulmod(x3, 0x283c24f7bedf789f31465682347ff86b4c0fbb7f9aacbe5630021b41532f7931, r)), mulmod(x4, 0x0b1e5f0ca68bafaf026438a4682a55c1df5d387c4c5f3e111ead3163eb5b2754, r))
            let s3 := add(add(add(mulmod(x1, 0x0bbd293300c70f612c8f5b7bcc6c4106246d2f713df02774a29742c31efeb4ae, r), mulmod(x2, 0x278e2893fbb5d590fe623652e50086d58ab18d3015a59d6a61602b409252ec2b, r)), mulmod(x3, 0x2fcc41f73df0c835b0b514cbdd469af1e2b494f05269d15a6343af34668b18c9, r)), mulmod(x4, 0x0378097f57525674b961d42a2f57a937c1fecaba4c673bdce345050d981b8fe0, r))
            let s4 := add(add(add(mulmod(x1, 0x0e2be5d3f9ee73557a1c421fe42cb29bdf8f4a58679a61496bf8a5a4f9bba3be, r), mulmod(x2, 0x27639d7e461732f3baeb172103de2bc4a26708623919783fe54774153bdb59bf, r)), mulmod(x3, 0x159c005b660c7fb3551cbf624aadcec047ce72625673c866c5fb289f8c865fff, r)), mulmod(x4, 0x130d38734b549e833b50c550a90580c53248bb96731c0921ad6373316dfdaa8c, r))
            for { let end := add(table, 2656) } lt(p, end) { p := add(p, 32) } {
                let sum := addmod(add(add(add(add(mload(p), mulmod(s1, 0x172f5e628cc26149dcc488004690cfa55faac52708481fffb3d4cfa3808b4051, r)), mulmod(s2, 0x2c01b6282fad3d37bdc72033b4d8da10494ac283ec74d5e63d72dbe06b4037c6, r)), mulmod(s3, 0x2503f642cfcb5f06e1a18c68efca3c0672ed26edfc7e6e77513ba7a4c660ab53, r)), mulmod(s4, 0x218796dd338868e7300732cf5d3925c74c1badd0a32d8b41b96e555ddfe27869, r)), add(add(add(add(mulmod(y1, 0x251e7fdf99591080080b0af133b9e4369f22e57ace3cd7f64fc6fdbcf38d7da1, r), mulmod(y2, 0x0d1ecfc6e6ec39c56d953ff80bbbe31b5710aa74969d92b87beaf53de7935be3, r)), mulmod(y3, 0x0207da9637379529f714ecb391b8679e0e706aa377007317ef46da24e8f9124e, r)), mulmod(y4, 0x14f6ab2c6caef74572f821bb82c4bda12a302be5aeb91ad1562b97b09db427d8, r)), mulmod(y5, 0x074019237db9fbc928e4fceaf52b9ffe45ead67eab8e238cb18878e6b20b8a6c, r)), r)
                s4 := s3
                s3 := s2
                s2 := s1
                s1 := sum
                y5 := y4
                y4 := y3
                y3 := y2
                y2 := y1
                y1 := fifth(sum, r)
            }
            x1 := addmod(add(add(add(add(mload(add(p, 0)), mulmod(s1, 0x2948b6d7cc1f20b1e868295edc48de5e968443e714dbe6bfedb5c53371680a2c, r)), mulmod(s2, 0x20ac77932953d5c08fccaf48afeba7234dbb9c81a0bf877f73e4c48830da2a5c, r)), mulmod(s3, 0x288d65e4dbbed30c0c746310eace97c00504c9ff2e081123fa744558ffabe522, r)), mulmod(s4, 0x230efe11956ba13d561109359fff3beeb4eefeb1d904d55cdaa680cb01f77ed2, r)), add(add(add(mulmod(y2, 0x1299099ddd7aacae842081f28c9f642292242b912b9e188611ca588fcf59ee5a, r), mulmod(y3, 0x09a7aee741d45eb408740fa69aeab51558f68286c3ccdc31941808d69313bfe3, r)), mulmod(y4, 0x000f7913abd967c91d199ced208ab0d050ecf41a0de157a41bc807bf22d57ce6, r)), mulmod(y5, 0x2ee05b72230cd38e850d3dcc01675a017c3a1df3cb62ee92fe02b5b62ae3513c, r)), r)
            x2 := addmod(add(add(add(add(mload(add(p, 32)), mulmod(s1, 0x00feeacf3761657def9cb81d517f546ba7e59aaad4bff009326e857bff072fce, r)), mulmod(s2, 0x1834cf4ff4bb7fdab5b5dbf446e530e0d6166c7656ddacdd2a3680574aa22685, r)), mulmod(s3, 0x2cf71973d20b72c042fb45f8b159d97cb8b00f7a441b82ddfe0982538bd36636, r)), mulmod(s4, 0x27f49e86080990f6041a72cceea1306dd6e4f972f0989008c3e8c13ce0d755c8, r)), add(add(add(mulmod(y2, 0x0e9304ec90889b4941d0b7b963f189ea02e4a2f94ee22a014f6a4b23d187fd27, r), mulmod(y3, 0x1c69dd80d48de43feb185b839343352aefef4d988e4876099b2e0649dea45fa6, r)), mulmod(y4, 0x005f8507e3355a7249bc164af2b2f8e050ab807fb2c7afa1061f20fc8af14fd5, r)), mulmod(y5, 0x2153bb8119a8e8d7411ab6581bfbe893f5a5705e1517b19223961d049f8b8002, r)), r)
            x3 := addmod(add(add(add(add(mload(add(p, 64)), mulmod(s1, 0x11108ad50d999071f30ac9a14b756861ffb8562045a5653f6998cc714d1fac66, r)), mulmod(s2, 0x247a4b439e9dd8fde30f8684b6432ec588394e32ff5afd822fa33b1c5bb0f8f4, r)), mulmod(s3, 0x04680fe211f33b0c9d7dcbac30d9a87eafd78c4be451f599a74c018563950abd, r)), mulmod(s4, 0x0263bb89ba99f329b351f0b2e6ed0c56cb0211f484982b9769589523a04447bc, r)), add(add(add(mulmod(y2, 0x136c29b6efc4e34fc580541487f303ee4c9038b4696415d03908f59341ae6042, r), mulmod(y3, 0x2b7adaaaa9da1237935bcd80022575d7cf271fffe0a8958814a5071821f2b21f, r)), mulmod(y4, 0x2fbab3abc9a60a3bc484e6492b65339b1ce2f55f71856f82f67b4f2f8f48e941, r)), mulmod(y5, 0x1c32baf51ab73bc6ed0f86b54e9bd37dde54a6d191cb5abafb8969c060dec50c, r)), r)
            x4 := addmod(add(add(add(add(mload(add(p, 96)), mulmod(s1, 0x184eaafd41391eb3dc67c47b12ffe9cd45b733d029a22a2c7b872f199e9a1201, r)), mulmod(s2, 0x2eeb3845d43e6ea52824084da1e3491f65ddf9375c2abc33b68573cf5d0415aa, r)), mulmod(s3, 0x1caeb9e7abaf52b6e0663d79a81e1fb04ad114f418f6dcabf7126976f69160e2, r)), mulmod(s4, 0x06f7b50ca6ffc160963a08f26b6d05dfa9ca2adfc4c2e51b1d9809610f6c35be, r)), add(add(add(mulmod(y2, 0x002d0d235ebaf38fea24ae66d58cdc045c883d17854a7bd48875a9033efb9b0f, r), mulmod(y3, 0x1ac6a9a81e11710fe9b61109ea034a51c35851bf812916e8be6f4d5a58e51882, r)), mulmod(y4, 0x1e13745656772a1ebdf71f6cff7b269cfb2f728b08addeedc1169d521128b7c3, r)), mulmod(y5, 0x213cabfcac923492261939ddf837e158253505b512b6e907e10c20764b24d3c0, r)), r)
            x0 := s1
            p := add(table, 2784)
            x0, x1, x2, x3, x4 := full4(p, add(table, 3264), r, x0, x1, x2, x3, x4)
            hash := addmod(add(add(mulmod(fifth(x0, r), 0x251e7fdf99591080080b0af133b9e4369f22e57ace3cd7f64fc6fdbcf38d7da1, r), mulmod(fifth(x1, r), 0x25fb50b65acf4fb047cbd3b1c17d97c7fe26ea9ca238d6e348550486e91c7765, r)), mulmod(fifth(x2, r), 0x293d617d7da72102355f39ebf62f91b06deb5325f367a4556ea1e31ed5767833, r)), add(mulmod(fifth(x3, r), 0x104d0295ab00c85e960111ac25da474366599e575a9b7edf6145f14ba6d3c1c4, r), mulmod(fifth(x4, r), 0x0aaa35e2c84baf117dea3e336cd96a39792b3813954fe9bf3ed5b90f2f69c977, r)), r)
        }
    }

    /// @notice The hash of three numbers below r; the table is that of `permute4`.
    function hash3(bytes memory table, uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        return permute4(table, 0, a, b, c);
    }
}
