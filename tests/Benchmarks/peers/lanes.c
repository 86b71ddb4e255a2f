// The sweep of numpy_batched.py at N = 16 in C, with one replicate in each lane of the vector registers: a bound for what lanes can give at this size.
//
//     gcc -O3 -march=native -fno-math-errno -pthread lanes.c -lm -o lanes
//     lanes OUTPUT.csv --radii 0.9,1.1 --lengths 50,200 --replicates 1024 [--jobs 2] [--seed 1]
//
// A number of a network is one register, with a lane for each replicate: eight with AVX-512, four with AVX2. All steps are done in full: the falling rank of the
// product is not used.
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
enum { LANES = 8, TILE_ROWS = 4, TILE_COLUMNS = 6 }; // 24 sums in 32 registers
#else
enum { LANES = 4, TILE_ROWS = 4, TILE_COLUMNS = 3 }; // 12 sums in 16 registers
#endif

enum { N = 16, COLUMNS = N + 1, RESCALE_EVERY = 8, ROW_BYTES = 512, MAX_LIST = 64 };
enum { RECURRENT = 0, INITIAL_STATE = 3, LOSS_GRADIENT = 5 }; // roles of the random streams

typedef double V __attribute__((vector_size(LANES * 8)));
typedef uint64_t U __attribute__((vector_size(LANES * 8)));

static inline V all(double value)
{
    return value - (V){};
}

static inline V choose(U mask, V a, V b)
{
    return (V)((mask & (U)a) | (~mask & (U)b));
}

static inline V larger(V a, V b)
{
    return choose((U)(a > b), a, b);
}

static inline V absolute(V a)
{
    return (V)((U)a & ~(U)all(-0.0));
}

static inline V root(V a)
{
    V result = {};
    for (int l = 0; l < LANES; l++) {
        result[l] = sqrt(a[l]);
    }
    return result;
}

static inline V logarithm(V a) // of what is read, not in the steps
{
    V result = {};
    for (int l = 0; l < LANES; l++) {
        result[l] = log(a[l]);
    }
    return result;
}

// tanh x = e / (e + 2), e = expm1(2 |x|) = 2ᵏ expm1(r) + 2ᵏ − 1 with |r| ≤ ln 2 / 2; the series of expm1(r) to r¹³ leaves 1e-17. From |x| = 20 it is 1.
// The largest error in 16 million random numbers, compared with tanhl, is 2.6 units in the last place; glibc states 2 for its own.
static inline V tangent(V x)
{
    const V shift = all(0x1.8p52);
    V a = absolute(x);
    V z = 2 * choose((U)(a > 20), all(20), a); // NaN stays
    V shifted = z * 0x1.71547652b82fep0 + shift;
    V k = shifted - shift;
    V r = (z - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
    V q = all(1 / 6227020800.0);
    q = q * r + 1 / 479001600.0;
    q = q * r + 1 / 39916800.0;
    q = q * r + 1 / 3628800.0;
    q = q * r + 1 / 362880.0;
    q = q * r + 1 / 40320.0;
    q = q * r + 1 / 5040.0;
    q = q * r + 1 / 720.0;
    q = q * r + 1 / 120.0;
    q = q * r + 1 / 24.0;
    q = q * r + 1 / 6.0;
    q = q * r + 0.5;
    V p = r + r * r * q;
    V power = (V)(((U)shifted << 52) + (U)all(1));
    V e = power * p + (power - 1);
    return (V)((U)(e / (e + 2)) | ((U)x & (U)all(-0.0)));
}

// A product of factors in [1e-300, 1e300], or 0: a mantissa in [1, 2), and the sum of exponents as a double.
typedef struct {
    V mantissa, exponent;
} Magnitude;

static inline V exponent_of(V a) // floor(log2 a) of positive normal numbers
{
    const V offset = all(0x1p52);
    return (V)(((U)a >> 52) | (U)offset) - (offset + 1023);
}

static inline V power_of_two(V exponent) // an integer above −1022 and below 1024
{
    return (V)((U)(exponent + (0x1p52 + 1023)) << 52);
}

static inline void multiply_by(Magnitude *m, V factor)
{
    V product = m->mantissa * factor;
    V exponent = exponent_of(product);
    U zero = (U)(product == 0);
    m->mantissa = choose(zero, all(0), (V)(((U)product & 0xFFFFFFFFFFFFFull) | (U)all(1)));
    m->exponent += choose(zero, all(0), exponent);
}

static inline V log_of(Magnitude m)
{
    return logarithm(m.mantissa) + m.exponent * 0x1.62e42fefa39efp-1;
}

// --- products

static inline __attribute__((always_inline)) void tile(const V *a, const V *b, int width, V *c, const V *scale, int columns, int scaled)
{
    V sums[TILE_ROWS][TILE_COLUMNS];
#pragma GCC unroll 8
    for (int i = 0; i < TILE_ROWS; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; j++) {
            sums[i][j] = (V){};
        }
    }
#pragma GCC unroll 2
    for (int k = 0; k < N; k++) {
#pragma GCC unroll 8
        for (int i = 0; i < TILE_ROWS; i++) {
#pragma GCC unroll 8
            for (int j = 0; j < columns; j++) {
                sums[i][j] += a[i * N + k] * b[k * width + j];
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < TILE_ROWS; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; j++) {
            c[i * width + j] = j < scaled ? sums[i][j] * scale[i] : sums[i][j];
        }
    }
}

// C = diag(scale) A B for the first `scaled` columns, and A B for the rest; A is N × N, B and C are N × width.
static inline __attribute__((always_inline)) void multiply(const V *a, const V *b, V *c, const V *scale, int width, int scaled)
{
    enum { FULL = TILE_COLUMNS };
    for (int i = 0; i < N; i += TILE_ROWS) {
        int j = 0;
        for (; j + FULL <= scaled; j += FULL) {
            tile(a + i * N, b + j, width, c + i * width + j, scale + i, FULL, FULL);
        }
        tile(a + i * N, b + j, width, c + i * width + j, scale + i, width % FULL, scaled % FULL);
    }
}

static __attribute__((noinline)) void step(const V *w, const V *right, V *left, const V *scale)
{
    multiply(w, right, left, scale, COLUMNS, N);
}

static __attribute__((noinline)) void square(const V *a, V *result, const V *scale)
{
    multiply(a, a, result, scale, N, N);
}

static V frobenius(const V *a)
{
    V sum = {};
    for (int i = 0; i < N * N; i++) {
        sum += a[i] * a[i];
    }
    return root(sum);
}

// ln of the spectral radius by squaring, ‖A^(2^k)‖^(1/2^k), normalised on the way: a rounding of the k-th power counts 2⁻ᵏ. With `positive`, for positive
// semidefinite A, it ends when trace and norm agree, which bounds what is left: 1/tr ≤ μ₁ ≤ 1 for norm 1.
static V log_spectral_radius(V a[N * N], bool positive)
{
    V other[N * N], scale[N], total = {};
    V *from = a, *to = other;
    double weight = 1;
    for (int k = 0; k < 52; k++, weight /= 2) {
        V norm = frobenius(from), trace = {};
        total += weight * logarithm(norm);
        if (positive) {
            for (int i = 0; i < N; i++) {
                trace += from[i * N + i];
            }
            trace /= norm;
            bool done = true;
            for (int l = 0; l < LANES; l++) {
                done &= !(weight * (trace[l] - 1) > 1e-16);
            }
            if (done) {
                break;
            }
        }
        for (int i = 0; i < N; i++) {
            scale[i] = 1 / (norm * norm);
        }
        square(from, to, scale);
        V *swap = from;
        from = to;
        to = swap;
    }
    return total;
}

static V log_spectral_norm(const V *a, int width)
{
    V gram[N * N];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            V sum = {};
            for (int k = 0; k < N; k++) {
                sum += a[k * width + i] * a[k * width + j];
            }
            gram[i * N + j] = sum;
        }
    }
    return log_spectral_radius(gram, true) / 2;
}

// --- drawing: numpy's Philox4x64-10, and ndtri by Cephes' formulas as in scipy

static void philox(uint64_t counter, uint64_t k0, uint64_t k1, uint64_t out[4])
{
    uint64_t x[4] = {counter, 0, 0, 0};
    for (int round = 0; round < 10; round++) {
        unsigned __int128 p0 = (unsigned __int128)x[0] * 0xD2E7470EE14C6C93u, p1 = (unsigned __int128)x[2] * 0xCA5A826395121157u;
        uint64_t next[4] = {(uint64_t)(p1 >> 64) ^ x[1] ^ k0, (uint64_t)p1, (uint64_t)(p0 >> 64) ^ x[3] ^ k1, (uint64_t)p0};
        memcpy(x, next, sizeof x);
        k0 += 0x9E3779B97F4A7C15u;
        k1 += 0xBB67AE8584CAA73Bu;
    }
    memcpy(out, x, sizeof x);
}

static double polynomial(double x, const double *c, int n)
{
    double sum = c[0];
    for (int i = 1; i < n; i++) {
        sum = sum * x + c[i];
    }
    return sum;
}

static double ndtri(double y)
{
    static const double p0[] = {-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1, -1.23916583867381258016e0};
    static const double q0[] = {
        1, 1.95448858338141759834e0, 4.67627912898881538453e0, 8.63602421390890590575e1, -2.25462687854119370527e2, 2.00260212380060660359e2,
        -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142e0};
    static const double p1[] = {
        4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.40805073893200834700e1, 1.46849561928858024014e1,
        2.18663306850790267539e0, -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4};
    static const double q1[] = {
        1, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1, 1.50425385692907503408e1, 2.50464946208309415979e0,
        -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4};
    static const double p2[] = {
        3.23774891776946035970e0, 6.91522889068984211695e0, 3.93881025292474443415e0, 1.33303460815807542389e0, 2.01485389549179081538e-1,
        1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9};
    static const double q2[] = {
        1, 6.02427039364742014255e0, 3.67983563856160859403e0, 1.37702099489081330271e0, 2.16236993594496635890e-1, 1.34204006088543189037e-2,
        3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9};
    const double tail = 0.13533528323661269189; // e⁻²
    bool upper = y > 1 - tail;
    if (upper) {
        y = 1 - y;
    }
    if (y > tail) {
        y -= 0.5;
        double y2 = y * y;
        return (y + y * (y2 * polynomial(y2, p0, 5) / polynomial(y2, q0, 9))) * 2.50662827463100050242;
    }
    double x = sqrt(-2 * log(y)), z = 1 / x;
    double x1 = x < 8 ? z * polynomial(z, p1, 9) / polynomial(z, q1, 9) : z * polynomial(z, p2, 9) / polynomial(z, q2, 9);
    double result = x - log(x) / x - x1;
    return upper ? result : -result;
}

static void normals(uint64_t seed, uint64_t replicate, int role, int lane, int count, V *out)
{
    uint64_t raw[4];
    for (int i = 0; i < count; i++) {
        if (i % 4 == 0) {
            philox(1 + i / 4, seed, 16 * replicate + role, raw);
        }
        out[i][lane] = ndtri(((raw[i % 4] >> 11) + 0.5) * 0x1p-53);
    }
}

// ln |det| by Gaussian elimination with pivots, one lane.
static double log_determinant(const V *w, int lane)
{
    double a[N][N], sum = 0;
    for (int i = 0; i < N * N; i++) {
        a[i / N][i % N] = w[i][lane];
    }
    for (int k = 0; k < N; k++) {
        int pivot = k;
        for (int i = k + 1; i < N; i++) {
            pivot = fabs(a[i][k]) > fabs(a[pivot][k]) ? i : pivot;
        }
        for (int j = k; j < N; j++) {
            double swap = a[k][j];
            a[k][j] = a[pivot][j];
            a[pivot][j] = swap;
        }
        sum += log(fabs(a[k][k]));
        for (int i = k + 1; i < N && a[k][k] != 0; i++) {
            double factor = a[i][k] / a[k][k];
            for (int j = k; j < N; j++) {
                a[i][j] -= factor * a[k][j];
            }
        }
    }
    return sum;
}

// --- trajectories

static struct {
    double radii[MAX_LIST];
    int lengths[MAX_LIST], radius_count, length_count, replicates, jobs;
    uint64_t seed;
    char (*rows)[ROW_BYTES]; // in the order of the table
} sweep = {.jobs = 2, .seed = 1};

static atomic_int next_group;

typedef struct {
    V w0[N * N], x0[N], g[N], log_radius, log_norm, log_determinant;
} Networks;

typedef struct {
    V ln_spectral, ln_frobenius, ln_gradient, omega, slopes, log_slopes, log_largest_slopes;
} Reading;

static void draw(Networks *networks, int first)
{
    for (int l = 0; l < LANES; l++) {
        int replicate = first + l < sweep.replicates ? first + l : first; // a lane without a replicate repeats the first one
        normals(sweep.seed, replicate, RECURRENT, l, N * N, networks->w0);
        normals(sweep.seed, replicate, INITIAL_STATE, l, N, networks->x0);
        normals(sweep.seed, replicate, LOSS_GRADIENT, l, N, networks->g);
    }
    V sum = {}, copy[N * N];
    for (int i = 0; i < N; i++) {
        sum += networks->g[i] * networks->g[i];
    }
    for (int i = 0; i < N; i++) {
        networks->g[i] /= root(sum);
    }
    for (int i = 0; i < N * N; i++) {
        copy[i] = networks->w0[i] /= 4; // √N
    }
    networks->log_norm = log_spectral_norm(networks->w0, N);
    networks->log_radius = log_spectral_radius(copy, false);
    for (int l = 0; l < LANES; l++) {
        networks->log_determinant[l] = log_determinant(networks->w0, l);
    }
}

// Activations and slopes of a state, both times the factor radius / spectral radius of W₀.
static inline void activate(const V *x, int stride, V factor, V *h, V *slopes)
{
    for (int i = 0; i < N; i++) {
        V y = tangent(x[i * stride]);
        h[i * stride] = y * factor;
        slopes[i] = (1 - y * y) * factor;
    }
}

static void read_product(const V *product, V exponent, Reading *reading)
{
    V sum = {}, scale = exponent * 0x1.62e42fefa39efp-1;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            sum += product[i * COLUMNS + j] * product[i * COLUMNS + j];
        }
    }
    reading->ln_frobenius = logarithm(sum) / 2 + scale;
    reading->ln_spectral = log_spectral_norm(product, COLUMNS) + scale;
}

// Columns 0 … N − 1 of `left` are the product with the slopes of the next step on it, column N is the state. The state is one step ahead: x_{t+1} comes with P_t,
// so that the slopes of step t + 1 are known when P_t is stored.
static void forward(const Networks *networks, V factor, V (*slopes)[N], Reading *readings)
{
    V a[N * COLUMNS] = {}, b[N * COLUMNS] = {}, h[N], scale[N];
    V *right = a, *left = b;
    V exponent = {}, sum = {};
    Magnitude product_of_slopes = {all(1), all(0)}, largest_slopes = product_of_slopes;

    activate(networks->x0, 1, factor, h, slopes[0]);
    for (int i = 0; i < N; i++) {
        V x = {};
        for (int k = 0; k < N; k++) {
            x += networks->w0[i * N + k] * h[k];
        }
        left[i * COLUMNS + i] = slopes[0][i];
        left[i * COLUMNS + N] = x;
    }

    V pending = all(1);
    for (int t = 1, k = 0; k < sweep.length_count; t++) {
        V product = all(1), largest = {};
        for (int i = 0; i < N; i++) {
            V slope = slopes[t - 1][i];
            sum += slope;
            product *= slope;
            largest = larger(slope, largest);
        }
        multiply_by(&product_of_slopes, product);
        multiply_by(&largest_slopes, largest);

        V *swap = right;
        right = left;
        left = swap;
        activate(right + N, COLUMNS, factor, right + N, slopes[t]);
        bool is_read = t == sweep.lengths[k];
        for (int i = 0; i < N; i++) {
            scale[i] = is_read ? pending : slopes[t][i] * pending;
        }
        step(networks->w0, right, left, scale);
        if (is_read) {
            Reading *reading = &readings[k++];
            read_product(left, exponent, reading);
            reading->slopes = sum;
            reading->log_slopes = log_of(product_of_slopes);
            reading->log_largest_slopes = log_of(largest_slopes);
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    left[i * COLUMNS + j] *= slopes[t][i];
                }
            }
        }
        pending = all(1);
        if (t % RESCALE_EVERY == 0) {
            V largest_entry = {};
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    largest_entry = larger(absolute(left[i * COLUMNS + j]), largest_entry);
                }
            }
            V power = exponent_of(largest_entry);
            exponent += power;
            pending = power_of_two(-power);
        }
    }
}

static inline void back(const V *w, const V *v, V *out)
{
    for (int half = 0; half < N; half += 8) {
        V sums[8] = {};
        for (int i = 0; i < N; i++) {
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++) {
                sums[k] += w[i * N + half + k] * v[i];
            }
        }
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++) {
            out[half + k] = sums[k];
        }
    }
}

// Carries g back from one length: omega, and the logarithm of the gradient's norm.
static void backward(const Networks *networks, V (*slopes)[N], int length, Reading *reading)
{
    V v[N], carried[N], before = all(1), omega = {};
    Magnitude norm = {all(1), all(0)};
    memcpy(v, networks->g, sizeof v);
    for (int t = length - 1; t >= 0; t--) {
        V now = {};
        back(networks->w0, v, carried);
        for (int i = 0; i < N; i++) {
            v[i] = carried[i] * slopes[t][i];
            now += v[i] * v[i];
        }
        V excess = root(now / before) - 1;
        omega += excess * excess;
        before = now;
        if (t % RESCALE_EVERY == 0) {
            V length_of_v = root(now);
            multiply_by(&norm, length_of_v);
            for (int i = 0; i < N; i++) {
                v[i] /= length_of_v;
            }
            before = all(1);
        }
    }
    reading->omega = omega / length;
    reading->ln_gradient = log_of(norm);
}

// --- the table

static void write_rows(const Networks *networks, const Reading *readings, int first, int r)
{
    const double ln10 = 2.302585092994045684;
    for (int l = 0; l < LANES && first + l < sweep.replicates; l++) {
        double radius = sweep.radii[r], ln_factor = log(radius) - networks->log_radius[l], factor = exp(ln_factor);
        double ln_norm = networks->log_norm[l] + ln_factor;
        char radius_text[32]; // as other programs print it, because it is part of a row's key
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(radius_text, sizeof radius_text, "%.*g", digits, radius);
            if (strtod(radius_text, NULL) == radius) {
                break;
            }
        }
        for (int k = 0; k < sweep.length_count; k++) {
            const Reading *reading = &readings[k];
            int steps = sweep.lengths[k];
            double terms = (double)N * steps, decades = reading->ln_spectral[l] / ln10;
            double ln_determinant = steps * networks->log_determinant[l] + reading->log_slopes[l];
            int written = snprintf(
                sweep.rows[(r * sweep.length_count + k) * sweep.replicates + first + l], ROW_BYTES,
                "%s,%d,%d,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%s,ok\n", radius_text, steps, first + l, decades,
                reading->ln_frobenius[l] / ln10, reading->ln_gradient[l] / ln10, ln_determinant / ln10, reading->ln_spectral[l] / steps,
                ln_determinant / terms, steps * ln_norm / ln10, (steps * networks->log_norm[l] + reading->log_largest_slopes[l]) / ln10,
                reading->slopes[l] / terms / factor, reading->log_slopes[l] / terms - ln_factor, reading->omega[l], exp(ln_norm),
                decades < -3 ? "vanishing" : decades > 3 ? "exploding" : "stable");
            if (written >= ROW_BYTES) {
                fprintf(stderr, "lanes: a row of %d characters\n", written);
                exit(1);
            }
        }
    }
}

static void *work(void *unused)
{
    int longest = sweep.lengths[sweep.length_count - 1];
    V(*slopes)[N] = aligned_alloc(sizeof(V), (size_t)(longest + 1) * sizeof *slopes);
    Networks networks;
    Reading readings[MAX_LIST];
    if (slopes == NULL) {
        fprintf(stderr, "lanes: no memory\n");
        exit(1);
    }
    for (int first; (first = LANES * atomic_fetch_add(&next_group, 1)) < sweep.replicates;) {
        draw(&networks, first);
        for (int r = 0; r < sweep.radius_count; r++) {
            V factor;
            for (int l = 0; l < LANES; l++) {
                factor[l] = sweep.radii[r] / exp(networks.log_radius[l]);
            }
            forward(&networks, factor, slopes, readings);
            for (int k = 0; k < sweep.length_count; k++) {
                backward(&networks, slopes, sweep.lengths[k], &readings[k]);
            }
            write_rows(&networks, readings, first, r);
        }
    }
    free(slopes);
    return unused;
}

static int usage(const char *what, const char *value)
{
    fprintf(stderr, "lanes: %s %s; usage: lanes OUTPUT.csv --radii 0.9,1.1 --lengths 50,200 --replicates COUNT [--jobs 2] [--seed 1], radii and lengths ascending, at most %d\n",
            what, value, MAX_LIST);
    return 2;
}

int main(int count, char **arguments)
{
    if (count < 2 || count % 2 != 0) {
        return usage("an option without a value, or no", "output");
    }
    for (int i = 2; i < count; i += 2) {
        char *name = arguments[i], *value = arguments[i + 1];
        bool is_radii = strcmp(name, "--radii") == 0, is_lengths = strcmp(name, "--lengths") == 0;
        if (is_radii || is_lengths) {
            double previous = 0;
            int n = 0;
            for (char *end = value; *end != '\0'; value = end + 1) {
                double number = strtod(value, &end);
                bool is_valid = end != value && (*end == ',' || *end == '\0') && number > previous && number < 1e9 && n < MAX_LIST;
                if (!is_valid || (is_lengths && number != floor(number))) {
                    return usage(name, arguments[i + 1]);
                }
                previous = number;
                if (is_radii) {
                    sweep.radii[n++] = number;
                } else {
                    sweep.lengths[n++] = (int)number;
                }
            }
            *(is_radii ? &sweep.radius_count : &sweep.length_count) = n;
        } else if (strcmp(name, "--replicates") == 0) {
            sweep.replicates = atoi(value);
        } else if (strcmp(name, "--jobs") == 0) {
            sweep.jobs = atoi(value);
        } else if (strcmp(name, "--seed") == 0) {
            sweep.seed = strtoull(value, NULL, 10);
        } else {
            return usage("unknown option", name);
        }
    }
    if (sweep.radius_count == 0 || sweep.length_count == 0 || sweep.replicates < 1 || sweep.jobs < 1 || sweep.jobs > MAX_LIST) {
        return usage("missing or out of range:", "radii, lengths, replicates or jobs");
    }

    int rows = sweep.radius_count * sweep.length_count * sweep.replicates;
    sweep.rows = malloc((size_t)rows * ROW_BYTES);
    pthread_t threads[MAX_LIST];
    for (int i = 0; i < sweep.jobs; i++) {
        if (sweep.rows == NULL || pthread_create(&threads[i], NULL, work, NULL) != 0) {
            fprintf(stderr, "lanes: no memory or no thread\n");
            return 1;
        }
    }
    for (int i = 0; i < sweep.jobs; i++) {
        pthread_join(threads[i], NULL);
    }

    FILE *file = fopen(arguments[1], "w");
    if (file == NULL) {
        fprintf(stderr, "lanes: %s: %s\n", arguments[1], strerror(errno));
        return 1;
    }
    fputs("spectral_radius,sequence_length,replicate,log10_spectral_norm,log10_frobenius_norm,log10_gradient_norm,log10_abs_determinant,lyapunov_max,lyapunov_mean,"
          "log10_pascanu_bound,log10_path_bound,mean_slope,mean_log_slope,omega,weights_spectral_norm,outcome,status\n", file);
    for (int i = 0; i < rows; i++) {
        fputs(sweep.rows[i], file);
    }
    if (fclose(file) != 0) {
        fprintf(stderr, "lanes: %s: %s\n", arguments[1], strerror(errno));
        return 1;
    }
    return 0;
}
