"""What is known of Keras' layers without importing Keras.

fans  which axes of a variable count inputs, and which count outputs
"""
