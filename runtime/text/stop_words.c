/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * English function words, in ascending byte order.
 */
#include "text/words.h"

#include <string.h>

/* clang-format off */
static const char stop_words[][16] = {
    "a", "about", "above", "across", "after", "again", "against", "ain", "all", "almost", "along",
    "already", "also", "although", "always", "am", "among", "an", "and", "another", "any",
    "anybody", "anyone", "anything", "are", "aren", "around", "as", "at", "away", "back", "be",
    "because", "been", "before", "behind", "being", "below", "beneath", "beside", "besides",
    "between", "beyond", "both", "but", "by", "can", "cannot", "could", "couldn", "d", "did",
    "didn", "do", "does", "doesn", "doing", "don", "done", "down", "during", "each", "either",
    "else", "enough", "etc", "even", "ever", "every", "everybody", "everyone", "everything",
    "except", "few", "for", "from", "had", "hadn", "has", "hasn", "have", "haven", "having", "he",
    "hence", "her", "here", "hers", "herself", "him", "himself", "his", "how", "however", "i", "if",
    "in", "inside", "into", "is", "isn", "it", "its", "itself", "just", "least", "less", "like",
    "ll", "m", "many", "may", "me", "might", "mightn", "mine", "more", "most", "much", "must",
    "mustn", "my", "myself", "near", "needn", "neither", "never", "no", "nobody", "none", "nor",
    "not", "nothing", "now", "of", "off", "often", "on", "once", "one", "ones", "oneself", "only",
    "onto", "or", "other", "ought", "our", "ours", "ourselves", "out", "outside", "over", "own",
    "per", "perhaps", "quite", "rather", "re", "really", "s", "same", "several", "shall", "shan",
    "she", "should", "shouldn", "since", "so", "some", "somebody", "someone", "something", "soon",
    "still", "such", "t", "than", "that", "the", "their", "theirs", "them", "themselves", "then",
    "there", "therefore", "these", "they", "this", "those", "though", "through", "throughout",
    "thus", "till", "to", "together", "too", "toward", "towards", "under", "underneath", "unless",
    "until", "up", "upon", "us", "ve", "very", "via", "was", "wasn", "we", "were", "weren", "what",
    "whatever", "when", "whenever", "where", "whereas", "wherever", "whether", "which", "whichever",
    "while", "who", "whoever", "whom", "whose", "why", "will", "with", "within", "without", "won",
    "would", "wouldn", "yet", "you", "your", "yours", "yourself", "yourselves",
};
/* clang-format on */

bool ingot_stop_word(const char *word, size_t length) {
    size_t low = 0, high = sizeof stop_words / sizeof *stop_words;
    char key[sizeof *stop_words] = {0};
    if (length >= sizeof key) return false;
    memcpy(key, word, length);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = memcmp(key, stop_words[middle], sizeof key);
        if (order == 0) return true;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}
