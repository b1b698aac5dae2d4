"""What Keras has to know before it loads a model that holds initializers of policies."""

from __future__ import annotations

from declinit.kinds.extensions import make_users_known_to_keras


def register_with_keras() -> None:
    """Have Keras know every initializer that a saved model may name, before it loads one.

    Those are the classes of `declinit.initializers`, users' own that `declinit.register` was given,
    and what installed packages offer. What cannot be imported is warned of, since the model may not
    need it; functions of a user's own have to be registered by `declinit.register` first.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> model.save("model.keras")
        >>> declinit.register_with_keras()  # in the program that loads it
        >>> loaded = keras.saving.load_model("model.keras")
        >>> bool(declinit.verify(audit, loaded))
        True
    """
    # Importing this module has had Keras know the classes of `declinit.initializers`.
    make_users_known_to_keras()
