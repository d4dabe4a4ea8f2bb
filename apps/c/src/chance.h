/* Random numbers. */
#ifndef TESA_CHANCE_H
#define TESA_CHANCE_H

/* From 0 up to 1. */
double random_number(void);

#endif
