/* SPDX-License-Identifier: MIT */
#include "job/sound.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORD_BITS = 64,
	WORDS_MIN = 64,
	/* Eight MiB: more messages than a lifetime brings.  Ids are the file's,
	 * which may hold any number. */
	WORDS_MAX = 1024 * 1024,
};

/* A bit a body. */
struct mc_sound {
	pthread_mutex_t lock; /* of all below, but for after */
	int64_t after;
	uint64_t *words;
	size_t words_n;
	int64_t bodies;
	int64_t octets;
};

MC_RC mc_sound_new(struct mc_sound **out, int64_t after, struct mc_error *err)
{
	struct mc_sound *sound = calloc(1, sizeof(*sound));

	*out = sound;
	if (!sound)
		return mc_fail_memory(err);
	sound->after = after;
	pthread_mutex_init(&sound->lock, NULL);
	return MC_OK;
}

void mc_sound_free(struct mc_sound *sound)
{
	if (!sound)
		return;
	pthread_mutex_destroy(&sound->lock);
	free(sound->words);
	free(sound);
}

/* False: it has no place here. */
static bool find_bit(
	const struct mc_sound *sound, int64_t body, size_t *word, uint64_t *bit)
{
	uint64_t at;

	if (body <= sound->after)
		return false;
	at = (uint64_t)body - (uint64_t)sound->after - 1;
	if (at / WORD_BITS >= WORDS_MAX)
		return false;
	*word = at / WORD_BITS;
	*bit = UINT64_C(1) << at % WORD_BITS;
	return true;
}

/* The lock is held. */
static bool make_room(struct mc_sound *sound, size_t word)
{
	size_t n = sound->words_n ? sound->words_n : WORDS_MIN;
	uint64_t *words;

	if (word < sound->words_n)
		return true;
	while (n <= word)
		n *= 2;
	words = reallocarray(sound->words, n, sizeof(*words));
	if (!words)
		return false;
	memset(words + sound->words_n, 0,
		(n - sound->words_n) * sizeof(*words));
	sound->words = words;
	sound->words_n = n;
	return true;
}

/* True: it was not there before.  The lock is held. */
static bool set_bit(struct mc_sound *sound, size_t word, uint64_t bit)
{
	if (!make_room(sound, word) || sound->words[word] & bit)
		return false;
	sound->words[word] |= bit;
	return true;
}

void mc_sound_add(struct mc_sound *sound, int64_t body, int64_t octets)
{
	uint64_t bit;
	size_t word;

	if (!find_bit(sound, body, &word, &bit))
		return;
	pthread_mutex_lock(&sound->lock);
	if (set_bit(sound, word, bit)) {
		sound->bodies++;
		sound->octets += octets;
	}
	pthread_mutex_unlock(&sound->lock);
}

bool mc_sound_claim(struct mc_sound *sound, int64_t body)
{
	uint64_t bit;
	size_t word;
	bool had;

	if (!find_bit(sound, body, &word, &bit))
		return body > sound->after;
	pthread_mutex_lock(&sound->lock);
	had = word < sound->words_n && sound->words[word] & bit;
	if (!had)
		set_bit(sound, word, bit);
	pthread_mutex_unlock(&sound->lock);
	return !had;
}

bool mc_sound_has(struct mc_sound *sound, int64_t body)
{
	uint64_t bit;
	size_t word;
	bool has;

	if (!find_bit(sound, body, &word, &bit))
		return false;
	pthread_mutex_lock(&sound->lock);
	has = word < sound->words_n && sound->words[word] & bit;
	pthread_mutex_unlock(&sound->lock);
	return has;
}

void mc_sound_sum(struct mc_sound *sound, int64_t *bodies, int64_t *octets)
{
	pthread_mutex_lock(&sound->lock);
	*bodies = sound->bodies;
	*octets = sound->octets;
	pthread_mutex_unlock(&sound->lock);
}
