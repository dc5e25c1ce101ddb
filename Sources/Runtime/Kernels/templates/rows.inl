/* UP_TO(n)(ONE, ...): ONE(1, ...) to ONE(n, ...), for the counts of rows that a product has code for. */
#define UP_TO(n) JOINED_COUNT(n)
#define JOINED_COUNT(n) COUNTS_##n

#define COUNTS_1(ONE, ...) ONE(1, __VA_ARGS__)
#define COUNTS_2(ONE, ...) COUNTS_1(ONE, __VA_ARGS__) ONE(2, __VA_ARGS__)
#define COUNTS_3(ONE, ...) COUNTS_2(ONE, __VA_ARGS__) ONE(3, __VA_ARGS__)
#define COUNTS_4(ONE, ...) COUNTS_3(ONE, __VA_ARGS__) ONE(4, __VA_ARGS__)
#define COUNTS_5(ONE, ...) COUNTS_4(ONE, __VA_ARGS__) ONE(5, __VA_ARGS__)
#define COUNTS_6(ONE, ...) COUNTS_5(ONE, __VA_ARGS__) ONE(6, __VA_ARGS__)
#define COUNTS_7(ONE, ...) COUNTS_6(ONE, __VA_ARGS__) ONE(7, __VA_ARGS__)
#define COUNTS_8(ONE, ...) COUNTS_7(ONE, __VA_ARGS__) ONE(8, __VA_ARGS__)
#define COUNTS_9(ONE, ...) COUNTS_8(ONE, __VA_ARGS__) ONE(9, __VA_ARGS__)
#define COUNTS_10(ONE, ...) COUNTS_9(ONE, __VA_ARGS__) ONE(10, __VA_ARGS__)
#define COUNTS_11(ONE, ...) COUNTS_10(ONE, __VA_ARGS__) ONE(11, __VA_ARGS__)
#define COUNTS_12(ONE, ...) COUNTS_11(ONE, __VA_ARGS__) ONE(12, __VA_ARGS__)
